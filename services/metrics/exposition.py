"""The service's figures in the text format of Prometheus, from rows. Labels are codes; never a State, an authority, a person or a case.

The rows follow all that has arrived and is settled; what depends on the moment is judged at the last moment up to which everything has arrived.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from psycopg import Connection, IsolationLevel

from services.metrics.courses.keeping import MOST_UNSETTLED
from services.metrics.courses.queries import marks_waiting
from services.metrics.domain.elements import NEVER, micros, moment_of
from services.metrics.domain.errors import NothingKnownYet
from services.metrics.domain.series import BUCKETS, CLOSED, DAY_SECONDS, ESCALATED, RECEIVED, TURNAROUND, TURNAROUND_MICROS, Tally
from services.metrics.domain.standing import Gauges, gauges
from services.metrics.queries import members_now, newest_facts
from services.metrics.series import queries
from services.metrics.series.queries import Quantiles
from services.metrics.watermark import latest_known
from shared.storage import parking

LEVELS = ("1", "2", "3", "4")
MICROS = 1_000_000
WATERMARK = "Everything recorded up to this moment has arrived; all but what is unsettled is in the figures"


class Rows:
    """Reads the figures from the database when they are asked for."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn

    def collect(self) -> Iterator[Metric]:
        """Every family; only how fresh the projections are before anything is known, and while more is unsettled than a question would wait for."""
        yield from self._freshness()
        unsettled = marks_waiting(self._conn) + queries.behind(self._conn)
        yield gauge("mlat_figures_unsettled", "Facts that have arrived, or requests, that are not in these figures yet", (), {(): unsettled})
        try:
            known_at = latest_known(self._conn)
        except NothingKnownYet:
            return
        yield moment_gauge("mlat_figures_watermark_timestamp_seconds", WATERMARK, known_at)
        if unsettled <= MOST_UNSETTLED:
            yield from self._figures(micros(known_at))

    def _figures(self, known_at: int) -> Iterator[Metric]:
        conn, members = self._conn, [authority for authority, _ in members_now(self._conn)]
        yield from counters(queries.counters(conn, members))
        yield from standing(gauges(queries.groups(conn, known_at), queries.runs(conn, known_at, members), queries.flows(conn), members))
        yield from waiting(queries.quantiles(conn))

    def _freshness(self) -> Iterator[Metric]:
        last = GaugeMetricFamily("mlat_projection_last_event_timestamp_seconds", "When the newest projected fact was recorded", labels=["projection"])
        for projection, recorded_at in newest_facts(self._conn):
            if recorded_at is not None:
                last.add_metric([projection], recorded_at.timestamp())
        yield last
        blocked = GaugeMetricFamily("mla_projection_blocked_streams", "Streams that wait for a repair", labels=["projection"])
        for projection, count in parking.parked_streams(self._conn).items():
            blocked.add_metric([projection], count)
        yield blocked


def counters(found: Mapping[Tally, int]) -> Iterator[Metric]:
    """What was ever projected. A correction leaves it; so it is not the account."""
    text = "Arrival facts projected so far; a correction leaves them: not the account"
    received = CounterMetricFamily("mlat_requests_received", text, labels=["direction", "kind"])
    closed = CounterMetricFamily("mlat_requests_closed", "End facts projected so far; a correction leaves them", labels=["direction", "kind", "outcome"])
    reached = CounterMetricFamily("mlat_escalations", "Escalations reached", labels=["level"])
    for tally, amount in sorted({**{Tally(ESCALATED, value=level): 0 for level in LEVELS}, **found}.items()):
        if tally.series == RECEIVED:
            received.add_metric([tally.direction, tally.kind], amount)
        elif tally.series == CLOSED:
            closed.add_metric([tally.direction, tally.kind, tally.value], amount)
        elif tally.series == ESCALATED:
            reached.add_metric([tally.value], amount)
    yield from (received, closed, reached, turnaround(found))


def turnaround(found: Mapping[Tally, int]) -> Metric:
    """The histogram of closed requests."""
    text = "From arrival to the end, of closed requests only: slow ones are missing until they close, so no median of delays"
    family = HistogramMetricFamily("mlat_request_turnaround_seconds", text, labels=["kind"])
    for kind in sorted({tally.kind for tally in found if tally.series == TURNAROUND}):
        so_far, buckets = 0, []
        for limit in BUCKETS:
            so_far += found.get(Tally(TURNAROUND, kind=kind, value=limit), 0)
            buckets.append((limit, so_far))
        family.add_metric([kind], buckets, found.get(Tally(TURNAROUND_MICROS, kind=kind), 0) / MICROS)
    return family


def standing(found: Gauges) -> Iterator[Metric]:
    """What stands now."""
    yield gauge("mlat_requests_open", "Open requests", ("direction", "kind", "stage"), found.open)
    yield gauge("mlat_requests_overdue", "Requests with a clock past its adjusted due", ("direction", "kind"), found.overdue)
    yield gauge("mlat_clocks", "Clocks of the rows in use", ("row", "state"), found.clocks)
    oldest: dict[tuple[str, ...], float] = {(kind,): moment_of(moment).timestamp() for kind, moment in found.oldest.items()}
    yield gauge("mlat_oldest_open_received_timestamp_seconds", "Arrival of the oldest open request", ("kind",), oldest)
    next_due = None if found.next_due == NEVER else moment_of(found.next_due)
    yield moment_gauge("mlat_next_deadline_timestamp_seconds", "The next adjusted due of a running clock", next_due)
    text = "By how much what came less what went, added up as it happened, is not what is open; must be 0"
    yield gauge("mlat_account_difference", text, ("direction", "kind"), found.difference)


def waiting(found: Quantiles | None) -> Iterator[Metric]:
    """The waiting curves, as computed last."""
    text = "Kaplan-Meier quantiles of the days to the return, open requests included, of the last 730 days; absent when too few or not reached"
    days = {} if found is None else {labels: day * DAY_SECONDS for labels, day in found.days.items()}
    yield gauge("mlat_turnaround_km_seconds", text, ("direction", "kind", "quantile"), days)
    known_at = None if found is None else found.known_at
    yield moment_gauge("mlat_turnaround_km_computed_timestamp_seconds", "As known when the waiting curves were computed; every ten minutes", known_at)


def gauge(name: str, text: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]) -> Metric:
    """A family of gauges."""
    family = GaugeMetricFamily(name, text, labels=list(labels))
    for at, value in sorted(values.items()):
        family.add_metric(list(at), value)
    return family


def moment_gauge(name: str, text: str, value: datetime | None) -> Metric:
    """A family of one moment, or of none."""
    family = GaugeMetricFamily(name, text)
    if value is not None:
        family.add_metric([], value.timestamp())
    return family


def exposition(conn: Connection[Any]) -> bytes:
    """All figures as Prometheus reads them, from one snapshot."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Rows(conn))
    conn.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with conn.transaction():
            return generate_latest(registry)
    finally:
        conn.isolation_level = None
