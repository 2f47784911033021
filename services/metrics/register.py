"""The register of one authority from its rows: what the figures are counted from, bounded by the watermark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from psycopg import Connection

from services.metrics import queries
from services.metrics.domain.answers import Register
from services.metrics.domain.errors import AuthorityUnknown, FiguresError
from services.metrics.domain.facts import Fact, Stream
from services.metrics.domain.localdays import LocalDays, local_days
from services.metrics.domain.question import Question
from services.metrics.projector import TOPICS
from services.metrics.queries import AuthoritySaid, KeptFact

ONE_MICROSECOND = timedelta(microseconds=1)


class NothingKnownYet(FiguresError):
    """A topic that figures rest on has no watermark: it is not known up to when everything has arrived."""

    code = "temporarily_unavailable"

    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__(f"no watermark yet of {', '.join(topics)}")


def latest_known(conn: Connection[Any]) -> datetime:
    """The last microsecond before the watermark of every topic that figures rest on.

    Raises:
        NothingKnownYet: one of them has none.
    """
    reached = dict(queries.watermarks(conn, TOPICS))
    missing = [topic for topic in TOPICS if topic not in reached]
    if missing:
        raise NothingKnownYet(missing)
    return min(reached.values()) - ONE_MICROSECOND


def register_for(conn: Connection[Any], question: Question) -> Register:
    """What is needed to answer *question*, read in one snapshot.

    Raises:
        AuthorityUnknown, BeyondWatermark, NothingKnownYet.
    """
    latest = latest_known(conn)
    known_at = question.known_at(latest, bounded=True)
    said = queries.authority_said(conn, question.authority)
    if not said:
        raise AuthorityUnknown(question.authority)
    facts = queries.facts_of_authority(conn, question.authority, max(known_at, question.compared_with or known_at))
    return Register(streams_of(facts), _Zones(said).of, latest, bounded=True)


def streams_of(facts: Iterable[KeptFact]) -> list[Stream]:
    """Streams of rows that are in order of request; escalations are numbered on after the request's own facts."""
    found = []
    for request, own in groupby(facts, key=lambda kept: kept.request):
        rows = enumerate(own, start=1)
        facts_of_one = tuple(Fact(kept.id, kept.type, kept.occurred_at, kept.recorded_at, place, kept.members) for place, kept in rows)
        found.append(Stream(request, facts_of_one))
    return found


class _Zones:
    """The calendar of one authority as the directory had it."""

    def __init__(self, said: Sequence[AuthoritySaid]) -> None:
        self.said = said

    def of(self, authority: str, known_at: datetime) -> LocalDays:
        """As last said by *known_at*; before the directory knew the authority, as it was said first."""
        by_then = [said for said in self.said if said.recorded_at <= known_at] or [self.said[0]]
        return local_days(by_then[-1].time_zone)
