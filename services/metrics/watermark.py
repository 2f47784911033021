"""Up to which moment everything has arrived."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from services.metrics import queries
from services.metrics.domain.errors import NothingKnownYet
from services.metrics.projector import TOPICS

ONE_MICROSECOND = timedelta(microseconds=1)


def latest_known(conn: Connection[Any]) -> datetime:
    """The last microsecond before the watermark of every topic that figures rest on.

    Raises:
        NothingKnownYet: one of them has none.
    """
    reached = dict(queries.watermarks(conn, TOPICS))
    missing = [topic for topic in TOPICS if topic not in reached]
    if missing:
        raise NothingKnownYet(tuple(missing))
    return min(reached.values()) - ONE_MICROSECOND
