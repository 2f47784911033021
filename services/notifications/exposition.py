"""The service's figures in the text format of Prometheus. Labels are codes; never an authority, a State or a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import product
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from psycopg import Connection

from services.notifications.queries.figures import (
    deliveries_by_state,
    escalations_by_level,
    oldest_ready_level,
    oldest_waiting,
    subscriptions_by_state,
    unanswered_by_level,
    watermarks,
)
from shared.storage import parking, positions
from shared.storage.relay_state import backlog

CHANNELS = ("mail", "webhook")
PURPOSES = ("fact", "escalation", "digest", "challenge", "test", "alert")
LEVELS = (1, 2, 3, 4)
STATES = ("waiting", "sending", "delivered", "given_up", "cancelled")


class Rows:
    """Reads the figures from the database when they are asked for."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn

    def collect(self) -> Iterator[Metric]:
        """Every family, with a value for each row."""
        deliveries = GaugeMetricFamily("mla_deliveries", "Deliveries by state", labels=["channel", "purpose", "state"])
        counted = {(channel, purpose, state): count for channel, purpose, state, count in deliveries_by_state(self._conn)}
        for labels in product(CHANNELS, PURPOSES, STATES):  # those that never occurred as well: the first one given up must be seen to rise from 0
            deliveries.add_metric(labels, counted.get(labels, 0))
        yield deliveries
        subscriptions = GaugeMetricFamily("mla_subscriptions", "Subscriptions by state", labels=["channel", "state"])
        for channel, state, count in subscriptions_by_state(self._conn):
            subscriptions.add_metric([channel, state], count)
        yield subscriptions
        yield moment_family(
            "mla_delivery_oldest_due_timestamp_seconds", "When the oldest delivery not yet made was due; absent when none waits", oldest_waiting(self._conn)
        )
        yield from self._ladder()
        yield from self._projections()
        waiting = backlog(self._conn)
        text = "Committed facts that Kafka has not acknowledged (counted up to ten thousand)"
        yield GaugeMetricFamily("mla_relay_backlog_facts", text, value=waiting.facts)
        text = "Age of the oldest committed fact that Kafka has not acknowledged"
        yield GaugeMetricFamily("mla_relay_backlog_age_seconds", text, value=waiting.oldest_seconds)

    def _ladder(self) -> Iterator[Metric]:
        levels = GaugeMetricFamily("mla_ladder_levels", "Levels reached, by what was answered", labels=["level", "state"])
        for level, state, count in escalations_by_level(self._conn):
            levels.add_metric([str(level), state], count)
        yield levels
        unanswered = GaugeMetricFamily("mla_ladder_unanswered_clocks", "Running clocks by the highest level reached, where nobody answered", labels=["level"])
        counted = dict(unanswered_by_level(self._conn))
        for level in sorted({*LEVELS, *counted}):
            unanswered.add_metric([str(level)], counted.get(level, 0))
        yield unanswered
        text = "Since when the oldest level that was reached waits to be fired; absent when none waits"
        yield moment_family("mla_ladder_oldest_ready_timestamp_seconds", text, oldest_ready_level(self._conn))

    def _projections(self) -> Iterator[Metric]:
        blocked = GaugeMetricFamily("mla_projection_blocked_streams", "Streams that wait for a repair", labels=["projection"])
        for projection, count in parking.parked_streams(self._conn).items():
            blocked.add_metric([projection], count)
        yield blocked
        taken = GaugeMetricFamily("mla_projection_taken_records", "Records taken so far", labels=["projection", "topic"])
        for projection, topic, count in positions.taken_records(self._conn):
            taken.add_metric([projection, topic], count)
        yield taken
        known = GaugeMetricFamily("mla_projection_watermark_timestamp_seconds", "Everything recorded before is in the rows", labels=["projection"])
        for projection, reached in watermarks(self._conn):
            known.add_metric([projection], reached.timestamp())
        yield known


def moment_family(name: str, text: str, value: datetime | None) -> Metric:
    """Return a family of one moment, or of none."""
    family = GaugeMetricFamily(name, text)
    if value is not None:
        family.add_metric([], value.timestamp())
    return family


def exposition(conn: Connection[Any]) -> bytes:
    """Return all figures as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Rows(conn))
    return generate_latest(registry)
