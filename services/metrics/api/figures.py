"""`/v1/figures`: the account, activity, durations and limits of one authority."""

from __future__ import annotations

from flask import Response

from services.metrics.api.members import FILTERS, template
from services.metrics.api.schemas import FiguresSchema
from services.metrics.api.shell import PERIOD_PARAMETERS, PROBLEMS, Shell, asked
from services.metrics.domain.answers import figures
from services.metrics.domain.question import ACCOUNT_DIMENSIONS, STANDING_DIMENSIONS
from shared.web.answers import json_answer
from shared.web.resource import Resource, parameter

PARAMETERS = (
    *PERIOD_PARAMETERS,
    *FILTERS,
    parameter("group_by", f"one or two, by comma, of {', '.join(STANDING_DIMENSIONS)}; with holder, stage, month or two of them: what stands and is due only"),
    parameter("curve", "durations, by comma, whose waiting curves are given point by point"),
    parameter("months", "the account month by month, too", {"type": "boolean"}),
    parameter("overdue", "what is overdue by age, and since when, too", {"type": "boolean"}),
)


def resource(shell: Shell) -> Resource:
    """The resource."""
    own = Resource("figures", __name__, description="What is counted, how long it takes, and as known when.")

    @own.operation("/v1/figures", name="getFigures", summary="Figures of one authority", answer=FiguresSchema, parameters=PARAMETERS, problems=PROBLEMS)
    def get_figures() -> Response:
        """Same authority, period, filters, knowledge and definitions: same bytes. `links.members` leads to the requests behind each number."""
        question = asked(ACCOUNT_DIMENSIONS)
        answer = shell.ask(question, lambda register: figures(register, question))
        links = {} if question.publish else {"links": {"members": template(question, answer)}}
        return json_answer({**answer, **links}, headers={"Data-As-Of": answer["as_known_at"]})

    return own
