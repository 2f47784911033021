"""The service's figures in the text format of Prometheus. Labels are codes; never an authority, a State or a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from psycopg import Connection

from services.requests.clockwork import LAPSE
from services.requests.queries import maintenance
from services.requests.queries.timers import oldest_due
from shared.storage.relay_state import backlog


class Rows:
    """Reads the figures from the database when they are asked for."""

    def __init__(self, conn: Connection[Any], now: datetime) -> None:
        self._conn, self._now = conn, now

    def collect(self) -> Iterator[Metric]:
        """Every family, with a value for each row."""
        waiting = backlog(self._conn)
        text = "Committed facts that Kafka has not acknowledged (counted up to ten thousand)"
        yield GaugeMetricFamily("mla_relay_backlog_facts", text, value=waiting.facts)
        text = "Age of the oldest committed fact that Kafka has not acknowledged"
        yield GaugeMetricFamily("mla_relay_backlog_age_seconds", text, value=waiting.oldest_seconds)
        yield from self._projection()
        requests = GaugeMetricFamily("mla_requests", "Requests by state", labels=["state"])
        for state, count in maintenance.requests_by_state(self._conn):
            requests.add_metric([state], count)
        yield requests
        timer = GaugeMetricFamily("mla_timer_oldest_due_timestamp_seconds", "When the oldest lapse not yet recorded was due; absent when none waits", labels=[])
        due_at = oldest_due(self._conn, LAPSE, now=self._now)
        if due_at is not None:
            timer.add_metric([], due_at.timestamp())
        yield timer
        yield from self._chains()

    def _chains(self) -> Iterator[Metric]:
        state = maintenance.chain_state(self._conn)
        since = GaugeMetricFamily("mla_chain_unchecked_since_timestamp_seconds", "When all hash chains were last computed anew; until then, the first fact")
        broken = GaugeMetricFamily("mla_chain_broken_streams", "Hash chains that did not hold when all were last computed anew")
        if state is not None:
            since.add_metric([], state.unchecked_since.timestamp())
            broken.add_metric([], state.broken)
        yield since
        yield broken

    def _projection(self) -> Iterator[Metric]:
        rows = maintenance.projection_state(self._conn, maintenance.ROWS)
        blocked = GaugeMetricFamily("mla_projection_blocked_streams", "Streams that wait for a repair", labels=["projection"])
        blocked.add_metric([rows.projection], rows.blocked)
        yield blocked
        parked = GaugeMetricFamily("mla_projection_parked_facts", "Facts put aside", labels=["projection"])
        parked.add_metric([rows.projection], rows.parked)
        yield parked
        known = GaugeMetricFamily("mla_projection_watermark_timestamp_seconds", "Everything recorded before is in the rows", labels=["projection"])
        if rows.watermark is not None:
            known.add_metric([rows.projection], rows.watermark.timestamp())
        yield known


def exposition(conn: Connection[Any], now: datetime) -> bytes:
    """Return all figures as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Rows(conn, now))
    return generate_latest(registry)
