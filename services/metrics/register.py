"""The register of one authority from its rows: what the figures are counted from, bounded by the watermark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection

from services.metrics import queries
from services.metrics.courses.keeping import Kept
from services.metrics.domain.errors import AuthorityUnknown
from services.metrics.domain.localdays import LocalDays, local_days
from services.metrics.domain.question import Question
from services.metrics.domain.register import Register, StreamsOf
from services.metrics.queries import AuthoritySaid
from services.metrics.watermark import latest_known


def register_for(conn: Connection[Any], question: Question, kept: Kept, streams_of: StreamsOf) -> Register:
    """What is needed to answer *question*, read in one snapshot; the facts of single requests later, by *streams_of*.

    Raises:
        AuthorityUnknown, BeyondWatermark, NothingKnownYet, StillSettling.
    """
    latest = latest_known(conn)
    known_at = question.known_at(latest, bounded=True)
    said = queries.authority_said(conn, question.authority)
    if not said:
        raise AuthorityUnknown(question.authority)
    with kept.lock:
        kept.reach_to(conn, question.authority, max(known_at, question.compared_with or known_at), latest)
        return Register.over(kept.panel, kept, streams_of, _Zones(said).of, latest)


class _Zones:
    """The calendar of one authority as the directory had it."""

    def __init__(self, said: Sequence[AuthoritySaid]) -> None:
        self.said = said

    def of(self, authority: str, known_at: datetime) -> LocalDays:
        """As last said by *known_at*; before the directory knew the authority, as it was said first."""
        by_then = [said for said in self.said if said.recorded_at <= known_at] or [self.said[0]]
        return local_days(by_then[-1].time_zone)
