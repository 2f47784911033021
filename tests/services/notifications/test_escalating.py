"""Levels are reached: once, in order, with a fact, and with one message for each recipient."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from deploy.local.places import CHECKOUT
from services.notifications.escalating import StreamMoved, fire_due
from services.notifications.messages.letter import letter
from services.notifications.reached import stream_of
from services.notifications.timers import fire_all, fire_up_to
from services.notifications.warning import Warnings
from shared.calendars.national import Calendars
from shared.facts.clocks import ClockMoved, ClockSuspended
from shared.facts.members import parse_when
from shared.facts.requests import RequestWithdrawn
from shared.storage.event_log import read_stream, verify_stream
from shared.storage.pool import connect
from tests.fixtures.postgres import ScratchDatabase
from tests.services.notifications.builders import (
    PLACE,
    T0,
    E,
    R,
    Stream,
    acknowledged,
    clock_met,
    clock_started,
    drafted,
    follow,
    known_up_to,
    reached,
    registered,
    rows,
    sent,
    subscribed,
)
from tests.waiting import until

WARNINGS = Warnings(PLACE, Calendars())
LEVEL_1, LEVEL_2, LEVEL_3 = (datetime(2026, month, day, 22, tzinfo=UTC) for month, day in ((6, 24), (7, 1), (7, 15)))  # ends of days in Prague
HOUR = timedelta(hours=1)
CONTACTS = {
    "desk": {"mail": "desk@e.example.org"}, "supervisor": {"mail": "supervisor@e.example.org"}, "head": {"mail": "head@e.example.org"},
    "liaison": {"mail": "liaison@e.example.org"},
}  # fmt: skip


def begun(conn: Connection[Any], due: str = "2026-07-01", **members: Any) -> tuple[Stream, str]:
    """A request that is acknowledged, with a clock; everything recorded on the day it happened."""
    stream = Stream()
    clock = clock_started(stream, due, **members)
    facts = stream.add(drafted(), recorded_at=T0) + stream.add(sent(), recorded_at=T0) + stream.add(acknowledged(), clock, recorded_at=T0 + 2 * HOUR)
    follow(conn, facts)
    return stream, clock.clock


def test_levels_are_reached_one_after_the_other_and_each_is_a_fact(conn: Connection[Any]) -> None:
    stream, clock = begun(conn)
    for moment in (LEVEL_1 - HOUR, LEVEL_1, LEVEL_2, LEVEL_3):
        known_up_to(conn, moment)
        fire_all(conn, WARNINGS, sandbox=True)

    facts = [json.loads(envelope.value) for envelope in read_stream(conn, stream_of(stream.id))]
    assert [(fact["level"], fact["occurred_at"]) for fact in facts] == [
        (1, "2026-06-24T22:00:00Z"),
        (2, "2026-07-01T22:00:00Z"),
        (3, "2026-07-15T22:00:00Z"),
    ]
    assert {(fact["request"], fact["clock"], fact["row"], fact["revision"], fact["on"]) for fact in facts} == {(stream.id, clock, "EIO-RECOG", 1, "legal")}
    assert verify_stream(conn, stream_of(stream.id)).intact


def test_nothing_fires_before_everything_recorded_until_then_is_known(conn: Connection[Any]) -> None:
    """TIM-01: an act recorded in time is never alarmed, however late its fact arrives."""
    stream, _ = begun(conn)
    known_up_to(conn, LEVEL_1 - HOUR)
    conn.execute("UPDATE test_clock SET now_at = %s", (LEVEL_1 + HOUR,))

    assert fire_all(conn, WARNINGS, sandbox=True) == 0

    withdrawn = RequestWithdrawn(occurred_at=LEVEL_1 - 2 * HOUR, by=R)
    met = clock_met(clock_started(stream), LEVEL_1 - 2 * HOUR)
    clock = conn.execute("SELECT clock::text FROM clock_run").fetchone()
    assert clock is not None
    facts = stream.add(withdrawn, clock_met(clock_started(stream, clock=clock[0]), met.occurred_at), recorded_at=LEVEL_1 - 2 * HOUR)
    follow(conn, facts)
    known_up_to(conn, LEVEL_1 + HOUR)
    fire_all(conn, WARNINGS, sandbox=True)
    assert reached(conn) == []


def test_outside_a_sandbox_a_level_does_not_wait_for_ever(conn: Connection[Any]) -> None:
    """TIM-01: where the watermark stands still, levels fire after five minutes on what is known."""
    begun(conn)
    known_up_to(conn, LEVEL_1 - HOUR)
    conn.execute("UPDATE test_clock SET now_at = %s", (LEVEL_1 + timedelta(minutes=4),))
    assert fire_all(conn, WARNINGS, sandbox=False) == 0
    conn.execute("UPDATE test_clock SET now_at = %s", (LEVEL_1 + timedelta(minutes=6),))

    assert fire_all(conn, WARNINGS, sandbox=False) == 1


def test_a_late_registration_gives_one_escalation(conn: Connection[Any]) -> None:
    """SC-24: facts recorded together are judged together; the one highest level fires once they are all known."""
    stream = Stream()
    late = datetime(2027, 1, 11, 8, tzinfo=UTC)
    follow(conn, stream.add(drafted(), sent(), clock_started(stream), recorded_at=late))
    known_up_to(conn, late)
    assert fire_all(conn, WARNINGS, sandbox=True) == 0
    known_up_to(conn, late + timedelta(minutes=5))
    fire_all(conn, WARNINGS, sandbox=True)

    assert reached(conn) == [("EIO-RECOG", 4, "legal")]


def test_dates_that_move_after_a_level_fired_repeat_no_level(conn: Connection[Any]) -> None:
    """TIM-02 (SC-26)."""
    stream, clock = begun(conn)
    known_up_to(conn, LEVEL_2 + HOUR)
    fire_all(conn, WARNINGS, sandbox=True)
    moved = ClockMoved(
        occurred_at=LEVEL_2 + 2 * HOUR, by=E, clock=clock, strict_due=parse_when("2026-07-08"), adjusted_due=parse_when("2026-07-08"), reason="x"
    )
    follow(conn, stream.add(moved, recorded_at=LEVEL_2 + 2 * HOUR))
    known_up_to(conn, LEVEL_2 + timedelta(days=8))
    fire_all(conn, WARNINGS, sandbox=True)
    assert [level for _, level, _ in reached(conn)] == [1, 2]
    known_up_to(conn, LEVEL_3 + timedelta(days=7))
    fire_all(conn, WARNINGS, sandbox=True)

    assert [level for _, level, _ in reached(conn)] == [1, 2, 3]


def test_a_stopped_clock_is_silent(conn: Connection[Any]) -> None:
    stream, clock = begun(conn)
    follow(conn, stream.add(ClockSuspended(occurred_at=T0 + 3 * HOUR, by=E, clock=clock), recorded_at=T0 + 3 * HOUR))
    known_up_to(conn, LEVEL_3)
    fire_all(conn, WARNINGS, sandbox=True)

    assert reached(conn) == []


def test_facts_read_again_fire_nothing_again(conn: Connection[Any]) -> None:
    """OUT-03: a rebuilt projection knows what has fired."""
    stream, _ = begun(conn)
    known_up_to(conn, LEVEL_2)
    fire_all(conn, WARNINGS, sandbox=True)
    conn.execute("TRUNCATE followed_request, clock_run, pending_level")
    follow(conn, stream.envelopes)
    fire_all(conn, WARNINGS, sandbox=True)

    assert [level for _, level, _ in reached(conn)] == [1, 2]


def test_the_test_clock_goes_from_one_due_moment_to_the_next(conn: Connection[Any]) -> None:
    """A sandbox: what falls due is done in order and as at its moment."""
    begun(conn)
    known_up_to(conn, T0 + 3 * HOUR)
    conn.execute("UPDATE watermark SET w = %s", (LEVEL_3,))

    assert fire_up_to(conn, WARNINGS, LEVEL_3) == 3
    assert conn.execute("SELECT recorded_at FROM escalation ORDER BY seq").fetchall() == [(LEVEL_1,), (LEVEL_2,), (LEVEL_3,)]


def test_two_workers_at_once_fire_each_level_once(conn: Connection[Any], database: ScratchDatabase) -> None:
    """TIM-02: and neither waits for the other."""
    for _ in range(40):
        begun(conn)
    known_up_to(conn, LEVEL_2)

    def work() -> None:
        with connect(database.app, "worker") as own:
            while True:
                try:
                    if fire_due(own, WARNINGS, sandbox=True, limit=7) == 0:
                        return
                except StreamMoved:
                    continue

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    fire_all(conn, WARNINGS, sandbox=True)

    assert sorted(level for _, level, _ in reached(conn)) == [1] * 40 + [2] * 40
    assert conn.execute("SELECT count(*) FROM event WHERE type = 'EscalationReached'").fetchone() == (80,)


def more_reached(conn: Connection[Any], than: int) -> bool:
    return len(reached(conn)) > than


def test_a_killed_worker_leaves_nothing_half_done(conn: Connection[Any], database: ScratchDatabase) -> None:
    """TIM-02: kill -9 in a loop; every level fires exactly once, each with its fact."""
    for _ in range(120):
        begun(conn)
    known_up_to(conn, LEVEL_3)
    env = {**os.environ, **database.env(), "LOG_LEVEL": "error", "SANDBOX": "1"}
    kills = 0
    while conn.execute("SELECT count(*) FROM pending_level WHERE ready_at <= %s", (LEVEL_3,)).fetchone() != (0,):
        process = subprocess.Popen([sys.executable, "-m", "services.notifications", "timers"], env=env, cwd=CHECKOUT)
        try:
            until(partial(more_reached, conn, len(reached(conn))), 30, "some levels fired")
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        kills += 1

    assert kills >= 1
    assert conn.execute("SELECT level, count(*) FROM escalation GROUP BY level ORDER BY level").fetchall() == [(1, 120), (2, 120), (3, 120)]
    assert conn.execute("SELECT count(*), count(DISTINCT event_id) FROM event").fetchone() == (360, 360)


def test_the_database_refuses_to_fire_a_level_twice(conn: Connection[Any]) -> None:
    """TIM-02: by constraint, whatever the code does."""
    begun(conn)
    known_up_to(conn, LEVEL_1)
    fire_all(conn, WARNINGS, sandbox=True)

    with pytest.raises(psycopg.errors.UniqueViolation):
        conn.execute(
            """
            INSERT INTO escalation (id, request, clock, row_id, run, revision, ladder_on, level, authority, hard, phase, reached_at, recorded_at, state)
            SELECT gen_random_uuid(), request, clock, row_id, run, revision, ladder_on, level, authority, hard, phase, reached_at, recorded_at, state
              FROM escalation
            """
        )


# --- messages ---------------------------------------------------------------------------------------------------------


def waiting(conn: Connection[Any]) -> dict[str, dict[str, Any]]:
    """The messages about levels, by recipient."""
    return {row["target"]: row for row in rows(conn) if row["purpose"] in ("escalation", "digest")}


def test_each_level_goes_to_its_recipients(conn: Connection[Any]) -> None:
    registered(conn, E, contacts=CONTACTS, time_zone="Europe/Prague", state="CZ")
    registered(conn, R, contacts={"desk": {"mail": "desk@r.example.org"}})
    begun(conn)
    told = []
    for moment in (LEVEL_1, LEVEL_2, LEVEL_3, LEVEL_3 + timedelta(days=16)):
        known_up_to(conn, moment)
        conn.execute("DELETE FROM told")
        conn.execute("DELETE FROM delivery")
        fire_all(conn, WARNINGS, sandbox=True)
        told.append(sorted(waiting(conn)))

    assert told == [
        ["desk@e.example.org"],
        ["desk@e.example.org", "desk@r.example.org", "supervisor@e.example.org"],
        ["desk@r.example.org", "head@e.example.org"],
        ["liaison@e.example.org"],
    ]


def test_fifty_levels_make_one_message_for_a_recipient(conn: Connection[Any]) -> None:
    """DLV-08: after a time without a worker, no storm."""
    registered(conn, E, contacts=CONTACTS, time_zone="Europe/Prague", state="CZ")
    for _ in range(50):
        begun(conn)
    known_up_to(conn, LEVEL_1)
    fire_all(conn, WARNINGS, sandbox=True)

    found = [row for row in rows(conn) if row["purpose"] == "digest"]
    assert [(row["target"], len(row["message"]["entries"])) for row in found] == [("desk@e.example.org", 50)]
    assert conn.execute("SELECT count(*) FROM told").fetchone() == (50,)
    assert "50" in letter(found[0]["type"], found[0]["message"], "en").subject


def test_an_ordinary_message_waits_for_the_morning_and_a_hard_stop_does_not(conn: Connection[Any]) -> None:
    registered(conn, E, contacts=CONTACTS, time_zone="Europe/Prague", state="CZ")
    begun(conn, effect="must_release", row="EAW-SURR")
    begun(conn)
    known_up_to(conn, LEVEL_2)
    fire_all(conn, WARNINGS, sandbox=True)

    due = {(row["target"], "hard" if any(entry["effect"] for entry in row["message"]["entries"]) else "ordinary"): row["due_at"] for row in rows(conn)}
    assert due["supervisor@e.example.org", "hard"] == LEVEL_2
    assert due["supervisor@e.example.org", "ordinary"] == datetime(2026, 7, 2, 6, tzinfo=UTC)  # Thursday, 08:00 in Prague


def test_a_message_says_the_three_dates_and_the_article(conn: Connection[Any]) -> None:
    registered(conn, E, contacts=CONTACTS, time_zone="Europe/Prague", state="CZ", languages=("fr",))
    registered(conn, R)
    begun(conn)
    known_up_to(conn, LEVEL_1)
    fire_all(conn, WARNINGS, sandbox=True)

    row = waiting(conn)["desk@e.example.org"]
    told = letter(row["type"], row["message"], "fr")
    for part in (
        "EIO-RECOG",
        "E-77/26",
        "Central authority R",
        "Date sûre: mercredi 1er juillet 2026",
        "Date du texte: mercredi 1er juillet 2026",
        "EU-EIO Art. 12(3)",
        "/requests/",
    ):
        assert part in told.body
    assert "expire bientôt" in told.body


def test_a_subscription_to_levels_is_told_by_call(conn: Connection[Any]) -> None:
    registered(conn, E, time_zone="Europe/Prague", state="CZ")
    subscribed(conn, E, "http://127.0.0.1:9/hook", types=["EscalationReached"], created_at=T0)
    begun(conn)
    known_up_to(conn, LEVEL_1)
    fire_all(conn, WARNINGS, sandbox=True)

    told = [row for row in rows(conn) if row["purpose"] == "escalation"]
    assert [(row["type"], row["message"]["level"], row["message"]["row"]) for row in told] == [("EscalationReached", 1, "EIO-RECOG")]


def test_a_level_of_a_clock_that_has_ended_meanwhile_is_recorded_and_not_announced(conn: Connection[Any]) -> None:
    registered(conn, E, contacts=CONTACTS, time_zone="Europe/Prague", state="CZ")
    stream, clock = begun(conn)
    follow(conn, stream.add(clock_met(clock_started(stream, clock=clock), LEVEL_1 + HOUR), recorded_at=LEVEL_1 + HOUR))
    known_up_to(conn, LEVEL_1 + 2 * HOUR)
    fire_all(conn, WARNINGS, sandbox=True)

    assert reached(conn) == [("EIO-RECOG", 1, "legal")]
    assert waiting(conn) == {}
