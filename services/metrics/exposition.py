"""The service's figures in the text format of Prometheus, from rows. Labels are codes; never a State, an authority, a person or a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from psycopg import Connection

from services.metrics import queries
from services.metrics.courses.settling import streams_of
from services.metrics.domain.localdays import local_days
from services.metrics.domain.panel import Panel
from services.metrics.domain.series import Counted, Standing, counted, km_quantiles, standing
from services.metrics.register import NothingKnownYet, latest_known
from shared.storage import parking

DAY_SECONDS = 86_400
BUCKET_DAYS = (1, 3, 7, 14, 30, 45, 60, 90, 120, 180, 270, 365, 540, 730)
LEVELS = ("1", "2", "3", "4")


class Rows:
    """Reads the figures from the database when they are asked for."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn

    def collect(self) -> Iterator[Metric]:
        """Every family; before anything is known, only how fresh the projections are."""
        yield from self._freshness()
        try:
            known_at = latest_known(self._conn)
        except NothingKnownYet:
            return
        members = {authority: local_days(zone) for authority, zone in queries.members_now(self._conn)}
        streams = streams_of(queries.all_facts(self._conn, known_at))
        yield from counters(counted(streams, members))
        yield from gauges(standing(Panel.of(streams), members, known_at))
        yield moment_gauge("mlat_turnaround_km_computed_timestamp_seconds", "As known when the waiting curves were computed", known_at)
        yield moment_gauge("mlat_figures_watermark_timestamp_seconds", "Everything recorded up to this moment is in the figures", known_at)

    def _freshness(self) -> Iterator[Metric]:
        last = GaugeMetricFamily("mlat_projection_last_event_timestamp_seconds", "When the newest projected fact was recorded", labels=["projection"])
        for projection, recorded_at in queries.newest_facts(self._conn):
            if recorded_at is not None:
                last.add_metric([projection], recorded_at.timestamp())
        yield last
        blocked = GaugeMetricFamily("mla_projection_blocked_streams", "Streams that wait for a repair", labels=["projection"])
        for projection, count in parking.parked_streams(self._conn).items():
            blocked.add_metric([projection], count)
        yield blocked


def counters(found: Counted) -> Iterator[Metric]:
    """What was ever projected. A correction leaves it; so it is not the account."""
    received = CounterMetricFamily(
        "mlat_requests_received", "Arrival facts projected so far; a correction leaves them: not the account", labels=["direction", "kind"]
    )
    for labels, count in sorted(found.received.items()):
        received.add_metric(labels, count)
    yield received
    closed = CounterMetricFamily("mlat_requests_closed", "End facts projected so far; a correction leaves them", labels=["direction", "kind", "outcome"])
    for labels, count in sorted(found.closed.items()):
        closed.add_metric(labels, count)
    yield closed
    reached = CounterMetricFamily("mlat_escalations", "Escalations reached", labels=["level"])
    for level in sorted({*LEVELS, *found.escalations}):
        reached.add_metric([level], found.escalations[level])
    yield reached
    yield turnaround(found.turnaround)


def turnaround(seconds: Mapping[str, list[float]]) -> Metric:
    """The histogram of closed requests."""
    text = "From arrival to the end, of closed requests only: slow ones are missing until they close, so no median of delays"
    family = HistogramMetricFamily("mlat_request_turnaround_seconds", text, labels=["kind"])
    for kind, values in sorted(seconds.items()):
        limits = [days * DAY_SECONDS for days in BUCKET_DAYS]
        buckets = [(str(float(limit)), sum(1 for value in values if value <= limit)) for limit in limits]
        family.add_metric([kind], [*buckets, ("+Inf", len(values))], sum(values))
    return family


def gauges(found: Standing) -> Iterator[Metric]:
    """What stands now."""
    yield gauge("mlat_requests_open", "Open requests", ("direction", "kind", "stage"), found.open)
    yield gauge("mlat_requests_overdue", "Requests with a clock past its adjusted due", ("direction", "kind"), found.overdue)
    yield gauge("mlat_clocks", "Clocks of the rows in use", ("row", "state"), found.clocks)
    oldest: dict[tuple[str, ...], float] = {(kind,): moment.timestamp() for kind, moment in found.oldest.items()}
    yield gauge("mlat_oldest_open_received_timestamp_seconds", "Arrival of the oldest open request", ("kind",), oldest)
    yield moment_gauge("mlat_next_deadline_timestamp_seconds", "The next adjusted due of a running clock", found.next_due)
    quantiles = {(*labels, str(share)): day * DAY_SECONDS for labels, waits in found.waits.items() for share, day in km_quantiles(waits).items()}
    text = "Kaplan-Meier quantiles of the days to the return, open requests included, of the last 730 days; absent when too few or not reached"
    yield gauge("mlat_turnaround_km_seconds", text, ("direction", "kind", "quantile"), quantiles)
    yield gauge("mlat_account_difference", "By how much the account of this year does not close; must be 0", ("direction", "kind"), found.difference)


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
    """Return all figures as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Rows(conn))
    return generate_latest(registry)
