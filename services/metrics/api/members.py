"""`/v1/figures/members`: the requests behind one number of the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import Schema, fields

from services.metrics.api.shell import PERIOD_PARAMETERS, PROBLEMS, Shell, asked
from services.metrics.domain.answers import Register
from services.metrics.domain.members import CELLS, members
from services.metrics.domain.question import ACCOUNT_DIMENSIONS, STANDING_DIMENSIONS, Question
from services.metrics.domain.sight import seen
from shared.facts.codes import READING_ROLES
from shared.facts.members import moment as moment_text
from shared.storage.directory import Caller
from shared.web.answers import json_answer
from shared.web.auth import require_role
from shared.web.errors import malformed
from shared.web.paging import LIMIT_DEFAULT, LIMIT_HIGHEST, next_headers
from shared.web.query import Query
from shared.web.resource import Resource, parameter

PATH = "/v1/figures/members"
FILTERS = tuple(parameter(name, f"only what has this {name}, as `group_by={name}` names it") for name in ACCOUNT_DIMENSIONS)
GROUP_BY = parameter("group_by", f"as for the figures: one or two, by comma, of {', '.join(STANDING_DIMENSIONS)}")
PLACE = ("direction", *STANDING_DIMENSIONS)
OWN_MEMBERS = (*PLACE, "cell", "limit", "cursor")
PARAMETERS = (
    *PERIOD_PARAMETERS[:-1],
    GROUP_BY,
    parameter("direction", "of the group", {"type": "string", "enum": ["incoming", "outgoing"]}),
    *(parameter(name, "of the group; without it, the sum over all values") for name in STANDING_DIMENSIONS),
    parameter("cell", f"the number, by its path in the answer: {'; '.join(CELLS)}"),
    parameter("limit", "1 to 200", {"type": "integer", "minimum": 1, "maximum": LIMIT_HIGHEST, "default": LIMIT_DEFAULT}),
    parameter("cursor", "`next` of the page before; give the same as_known_at, too"),
)


class MembersSchema(Schema):
    """The requests behind one number."""

    query = fields.Dict(metadata={"description": "the question, with the moment and the period that were meant"})
    cell = fields.String()
    count = fields.Integer(metadata={"description": "distinct requests behind the number"})
    hidden = fields.Integer(metadata={"description": "how many of them the caller may not see: they are counted and not listed"})
    requests = fields.List(fields.String(), metadata={"description": "ids, in order"})
    next = fields.String(allow_none=True)


def resource(shell: Shell) -> Resource:
    """The resource."""
    own = Resource("members", __name__, description="The requests behind a number.")

    @own.operation(
        PATH, name="getMembers", summary="The requests behind one number of the figures", answer=MembersSchema, parameters=PARAMETERS, problems=PROBLEMS
    )
    def get_members() -> Response:
        """Same question, same knowledge: the requests that the number counts. A clock or a person is counted by itself, so a request may stand for several."""
        reader, question = require_role(READING_ROLES), asked(OWN_MEMBERS)
        if question.publish:
            raise malformed("what is published shows no single request", "?publish")
        query, cell = Query(tuple(request.args)), request.args.get("cell", "")
        limit = query.number("limit", default=LIMIT_DEFAULT, lowest=1, highest=LIMIT_HIGHEST) or LIMIT_DEFAULT
        place = {name: request.args.get(name) or None for name in ("direction", *question.group_by)}
        for name in set(STANDING_DIMENSIONS) - set(ACCOUNT_DIMENSIONS) - set(question.group_by):
            if request.args.get(name):
                raise malformed(f"{name} is no dimension of this question", f"?{name}")
        told = shell.ask(question, lambda register: _told(register, question, place, cell, reader))
        return _page(told, limit, query.text("cursor", longest=80))

    return own


def _told(register: Register, question: Question, place: Mapping[str, str | None], cell: str, reader: Caller) -> dict[str, Any]:
    found = members(register, question, place, cell)
    listed = seen(register, found, reader.authority, reader.desk, reader.role)
    meant = {**_meant(register, question), **{name: value for name, value in place.items() if value is not None}}
    return {"query": meant, "cell": cell, "count": len(found), "hidden": len(found) - len(listed), "requests": listed}


def _page(told: Mapping[str, Any], limit: int, after: str | None) -> Response:
    rest: Sequence[str] = [id for id in told["requests"] if after is None or id > after]
    following = rest[limit - 1] if len(rest) > limit else None
    headers = {"Data-As-Of": str(told["query"]["as_known_at"]), **next_headers(following)}
    return json_answer({**told, "requests": rest[:limit], "next": following}, headers=headers)


def _meant(register: Register, question: Question) -> dict[str, Any]:
    """The question with the moment and the period that it came to."""
    known_at = question.known_at(register.latest, bounded=register.bounded)
    period = question.period(known_at, register.zone_of(question.authority, known_at))
    return {
        "authority": question.authority,
        "from": period.from_on.isoformat(),
        "to": period.to_on.isoformat(),
        "as_known_at": moment_text(known_at),
        **({"compared_with": moment_text(question.compared_with)} if question.compared_with else {}),
        "group_by": ",".join(question.group_by),
        **dict(question.only),
    }


def template(question: Question, answer: Mapping[str, Any]) -> str:
    """The address of the requests behind any number of *answer*, as a template (RFC 6570) in which direction, dimensions and cell are open."""
    given = {name: answer[name] for name in ("from", "to", "as_known_at", "compared_with")} | {"group_by": ",".join(question.group_by), **dict(question.only)}
    open_ones = ["direction", *(name for name in question.group_by if name not in dict(question.only)), "cell"]
    return f"{PATH}?{urlencode(given, safe=':,')}{{&{','.join(open_ones)}}}"
