"""Figures of this service, from rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from services.notifications.exposition import exposition
from services.notifications.timers import fire_all
from services.notifications.warning import Warnings
from shared.calendars.national import Calendars
from tests.services.notifications.builders import PLACE, T0, Stream, clock_met, clock_started, drafted, follow, known_up_to, sent

LEVEL_2 = datetime(2026, 7, 1, 22, tzinfo=UTC)
WARNINGS = Warnings(PLACE, Calendars())


def told(conn: Connection[Any], series: str) -> dict[str, float]:
    """The samples of *series*, by what stands between the braces."""
    lines = [line for line in exposition(conn).decode().splitlines() if line.startswith(series)]
    return {line.removeprefix(series).split(" ")[0].strip("{}"): float(line.split(" ")[-1]) for line in lines}


def unanswered(conn: Connection[Any]) -> list[float]:
    return [told(conn, "mla_ladder_unanswered_clocks")[f'level="{level}"'] for level in (1, 2, 3, 4)]


def test_a_clock_counts_at_its_highest_level_until_it_is_answered_or_ends(conn: Connection[Any]) -> None:
    first, second = Stream(), Stream()
    ending = clock_started(first)
    follow(conn, first.add(drafted(), sent(), ending, recorded_at=T0))
    follow(conn, second.add(drafted(), sent(), clock_started(second), recorded_at=T0))
    assert unanswered(conn) == [0, 0, 0, 0]

    known_up_to(conn, LEVEL_2)
    fire_all(conn, WARNINGS, sandbox=True)
    assert unanswered(conn) == [0, 2, 0, 0]

    met_at = LEVEL_2 + timedelta(hours=1)
    follow(conn, first.add(clock_met(ending, met_at), recorded_at=met_at))
    assert unanswered(conn) == [0, 1, 0, 0]

    conn.execute("UPDATE escalation SET state = 'acknowledged' WHERE level = 2")
    assert unanswered(conn) == [0, 0, 0, 0]


def test_deliveries_of_every_state_are_told_also_those_that_never_occurred(conn: Connection[Any]) -> None:
    """The first one that is given up must be seen to rise from 0."""
    found = told(conn, "mla_deliveries")

    assert len(found) == 2 * 6 * 5
    assert set(found.values()) == {0.0}


def test_the_log_of_this_service_tells_what_has_not_reached_kafka(conn: Connection[Any]) -> None:
    stream = Stream()
    follow(conn, stream.add(drafted(), sent(), clock_started(stream), recorded_at=T0))
    known_up_to(conn, LEVEL_2)
    fire_all(conn, WARNINGS, sandbox=True)

    assert told(conn, "mla_relay_backlog_facts") == {"": 2.0}
    assert told(conn, "mla_projection_watermark_timestamp_seconds")['projection="notifications-requests"'] == LEVEL_2.timestamp()
