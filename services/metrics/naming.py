"""The name of an authority in a report: as the directory had it at the moment of knowledge, so that a past report keeps its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.metrics import queries
from services.metrics.queries import AuthoritySaid
from services.metrics.reports.sheet import Report
from shared.facts.members import parse_moment
from shared.storage.pool import Pool


def named(pool: Pool, found: Report) -> Report:
    """The report, and what stands beside it, each with the name of its authority; the name says so where the data are a sample."""
    with pool.connection() as conn:
        said = queries.authority_said(conn, str(found.query["authority"]))
    own = with_name(found, said)
    if found.beside is None:
        return own
    return replace(own, beside=replace(found.beside, earlier=own, later=with_name(found.beside.later, said)))


def with_name(found: Report, said: Sequence[AuthoritySaid]) -> Report:
    """The report of the authority as last named by its moment of knowledge; before the directory knew it, as it was named first."""
    known_at = parse_moment(str(found.query["as_known_at"]))
    by_then = [each for each in said if each.recorded_at <= known_at] or list(said[:1])
    name = by_then[-1].name if by_then else None
    if name is None:
        return found
    return replace(found, query={**found.query, "authority_name": name}, notes=(f"Authority: {name}.", *found.notes))
