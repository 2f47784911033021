"""Computes the quantiles of the waiting curves from time to time: they move by whole days, and rest on two years of requests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from psycopg import Connection

from services.metrics.domain.elements import micros
from services.metrics.domain.errors import NothingKnownYet
from services.metrics.domain.localdays import local_days
from services.metrics.domain.standing import CURVE_DAYS, quantiles
from services.metrics.queries import members_now
from services.metrics.series import queries
from services.metrics.series.queries import Quantiles
from services.metrics.watermark import latest_known

EVERY = timedelta(minutes=10)
LATELY = timedelta(days=CURVE_DAYS + 2)
"""A local day may begin before the day of UTC, and end after it."""


def keep_quantiles(conn: Connection[Any], every: timedelta = EVERY) -> bool:
    """Compute the quantiles as known now, unless that was done lately. Returns whether it was done."""
    try:
        known_at = latest_known(conn)
    except NothingKnownYet:
        return False
    before = queries.quantiles(conn)
    if before is not None and before.known_at <= known_at < before.known_at + every:
        return False
    members = {authority: local_days(zone) for authority, zone in members_now(conn)}
    waiting = queries.waiting(conn, micros(known_at - LATELY))
    queries.keep_quantiles(conn, Quantiles(known_at, quantiles(waiting, members, micros(known_at))))
    return True
