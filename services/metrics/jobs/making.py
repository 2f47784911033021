"""Making the report of a job: the question in its row is that of the call, with its moment of knowledge fixed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from services.metrics.asking import ask
from services.metrics.domain.question import Question
from services.metrics.jobs.queries import Result
from services.metrics.naming import named
from services.metrics.reports.formats.writing import FORMATS, file_name, written
from services.metrics.reports.order import Order
from services.metrics.reports.table import Told, report
from shared.facts.members import moment as moment_text
from shared.storage.pool import Pool

COUNTED = 0.8
"""How much of the work is done when all figures are there."""


def as_members(order: Order) -> dict[str, Any]:
    """The order as a job keeps it, without what was not said."""
    question = order.question
    said = {
        "authority": question.authority,
        "from": question.from_on.isoformat() if question.from_on else None,
        "to": question.to_on.isoformat() if question.to_on else None,
        "as_known_at": moment_text(question.as_known_at) if question.as_known_at else None,
        "compared_with": moment_text(question.compared_with) if question.compared_with else None,
        "publish": question.publish or None,
        "beside": moment_text(order.later) if order.later else None,
        "table": order.table,
        "format": order.format,
    }
    return {name: value for name, value in said.items() if value is not None}


def make(pool: Pool, name: str, members: Mapping[str, Any], told: Told) -> Result:
    """What the job is to make.

    Raises:
        FiguresError: whatever the figures raise, or a member that cannot be read any more.
    """
    order = Order.read(name, Question.read(members), members)

    def counting(done: float, doing: str) -> None:
        told(done * COUNTED, doing)

    found = named(pool, ask(pool, order.reaching, lambda register: report(register, order.question, name, order.later, counting)))
    told(COUNTED, f"writing {order.format}")
    body = written(found, order.format, order.table)
    return Result(FORMATS[order.format].media_type, file_name(found, order.format), found.checksum, hashlib.sha256(body).hexdigest(), body)
