"""Rows behind the series that grew fact by fact are those made at once; counters outlive a rebuild, and drift is told and repaired."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any

from psycopg import Connection, sql

from services.metrics import queries
from services.metrics.__main__ import main
from services.metrics.courses.queries import begin_settling
from services.metrics.courses.settling import follow_courses, settle, settle_everything
from services.metrics.domain.elements import micros
from services.metrics.domain.standing import gauges
from services.metrics.projector import REBUILT
from services.metrics.series.keeping import count_again
from services.metrics.series.queries import behind, flows, groups, runs
from tests.fixtures.postgres import ScratchDatabase
from tests.services.metrics.envelopes import W, envelope, envelopes, follow, follow_directory, follow_given, given_lines, reach, request_id

TABLES = (
    "SELECT * FROM counted ORDER BY request",
    "SELECT * FROM counter ORDER BY series, authority, direction, kind, value",
    "SELECT * FROM standing ORDER BY request",
    "SELECT * FROM standing_clock ORDER BY request, place",
    "SELECT * FROM account_flow ORDER BY authority, direction, kind",
)
COUNTERS, STANDING = slice(0, 2), slice(2, 5)


def rows(conn: Connection[Any]) -> list[list[tuple[Any, ...]]]:
    return [conn.execute(table).fetchall() for table in TABLES]


def grow(conn: Connection[Any], *, seed: int) -> None:
    """The given set comes fact by fact, in some order of the streams, and is settled in small steps."""
    lines = given_lines()
    random.Random(seed).shuffle(lines)
    for step, facts in enumerate(zip_longest(*(envelopes(line) for line in lines))):
        for fact in filter(None, facts):
            follow(conn, [fact])
        if step % 2 == 0:
            settle(conn, 30)
    for line in lines:
        if escalated := envelopes(line, escalations=True):
            follow(conn, escalated)
    while settle(conn):
        pass


def test_rows_that_grew_fact_by_fact_are_those_made_at_once_and_their_sums_counted_again(conn: Connection[Any], database: ScratchDatabase) -> None:
    follow_directory(conn)
    grow(conn, seed=5)
    grown = rows(conn)
    with conn.transaction():
        begin_settling(conn)
        count_again(conn)
    assert rows(conn) == grown
    with conn.transaction():
        queries.forget_courses(conn)
        conn.execute("DELETE FROM counted")
        conn.execute("DELETE FROM counter")

    assert main(["settle", "--all"], {"DATABASE_URL": database.app}) == 0
    assert rows(conn) == grown
    assert all(grown)


def test_a_turnaround_of_just_a_limit_is_in_the_bucket_of_that_limit_also_when_counted_again(conn: Connection[Any]) -> None:
    days = {f"R{number}": took for number, took in enumerate((0, 1, 3, 7, 730, 731), start=401)}
    came: dict[str, Any] = {"type": "RequestRegistered", "kind": "mla", "requesting": {"authority": "fr-central"}, "requested": {"authority": "de-central"}}
    for request, took in days.items():
        at: dict[str, Any] = {"id": f"{request}.1", "occurred_at": "2022-01-01T00:00:00Z", "recorded_at": "2022-01-01T00:00:00Z"}
        over = (datetime(2022, 1, 1, tzinfo=UTC) + timedelta(days=took)).isoformat()
        back = {"id": f"{request}.2", "type": "ResultsReturned", "final": True, "occurred_at": over, "recorded_at": over}
        follow(conn, [envelope(fact, request_id(request), place) for place, fact in enumerate([came | at, back], start=1)])
    settle(conn)
    added = rows(conn)
    with conn.transaction():
        count_again(conn)

    found = {tuple(row[4:]) for row in added[1] if row[0] == "turnaround"}
    assert found == {("86400.0", 2), ("259200.0", 1), ("604800.0", 1), ("63072000.0", 1), ("+Inf", 1)}
    assert rows(conn) == added


def test_no_counter_falls_while_the_rows_are_rebuilt(conn: Connection[Any]) -> None:
    follow_given(conn)
    while settle(conn):
        pass
    before = rows(conn)
    with conn.transaction():
        queries.begin_anew(conn, REBUILT)
    assert rows(conn)[COUNTERS] == before[COUNTERS]
    assert rows(conn)[STANDING] == [[], [], []]

    for part in (slice(0, 2), slice(2, 5), slice(5, None)):
        for line in given_lines():
            if facts := envelopes(line)[part]:
                follow(conn, facts)
        settle(conn)
        assert not fallen(before[1], rows(conn)[1])
    for line in given_lines():
        if escalated := envelopes(line, escalations=True):
            follow(conn, escalated)
    while settle(conn):
        pass
    assert rows(conn) == before


def fallen(before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The counters that are less than before."""
    now = {tuple(key): amount for *key, amount in after}
    return [row for row in before if now.get(tuple(row[:-1]), 0) < row[-1]]


def test_settling_again_what_is_the_same_writes_no_row(conn: Connection[Any], database: ScratchDatabase) -> None:
    follow_given(conn)
    while settle(conn):
        pass
    written = [conn.execute(f"SELECT xmin, {table.removeprefix('SELECT ')}").fetchall() for table in TABLES]
    conn.execute("INSERT INTO touched (request) SELECT DISTINCT request FROM request_fact")
    while settle(conn):
        pass

    assert [conn.execute(f"SELECT xmin, {table.removeprefix('SELECT ')}").fetchall() for table in TABLES] == written


def test_courses_that_were_settled_without_the_series_follow_in_their_turn(conn: Connection[Any]) -> None:
    follow_given(conn, given_lines()[:40])
    settle_everything(conn)
    true = rows(conn)
    conn.execute("UPDATE series_reach SET changed_no = 0")
    conn.execute("UPDATE course SET changed_no = nextval('course_changed')")
    with conn.transaction():
        for table in ("counted", "counter", "standing", "standing_clock", "account_flow"):
            conn.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    assert follow_courses(conn, 15) == 15
    follow(conn, envelopes(given_lines()[0]))
    settle(conn)
    assert behind(conn) == 25
    while follow_courses(conn, 10):
        pass

    assert (behind(conn), rows(conn)) == (0, true)


def test_a_settling_that_holds_all_courses_holds_them_afterwards(conn: Connection[Any]) -> None:
    lines = given_lines()
    follow_given(conn, lines[:20])
    settle(conn, 15)
    assert behind(conn) == 0
    follow_given(conn, lines[20:])
    while settle(conn, 15):
        assert behind(conn) == 0


def difference(conn: Connection[Any]) -> int:
    members = [authority for authority, _ in queries.members_now(conn)]
    return sum(gauges(groups(conn, micros(W)), runs(conn, micros(W), members), flows(conn), members).difference.values())


def test_a_sum_that_drifted_from_the_requests_is_told_and_settling_all_repairs_it(conn: Connection[Any], database: ScratchDatabase) -> None:
    follow_given(conn)
    settle_everything(conn)
    true = rows(conn)
    assert difference(conn) == 0
    conn.execute("UPDATE account_flow SET went = went + 1 WHERE authority = 'de-central' AND direction = 'incoming' AND kind = 'mla'")
    conn.execute("UPDATE counter SET amount = amount + 7")
    told = difference(conn)

    assert told == 1
    assert main(["settle", "--all"], {"DATABASE_URL": database.app}) == 0
    assert difference(conn) == 0
    assert rows(conn) == true


def test_an_open_request_that_was_lost_is_told(conn: Connection[Any]) -> None:
    follow_given(conn)
    settle_everything(conn)
    conn.execute("DELETE FROM standing WHERE request = (SELECT request FROM standing WHERE stage <> 'ended' AND requested = 'de-central' LIMIT 1)")

    assert difference(conn) >= 1


def test_an_emptied_sandbox_counts_from_nothing(conn: Connection[Any]) -> None:
    follow_given(conn)
    settle_everything(conn)
    with conn.transaction():
        queries.empty_rows(conn, [])
    reach(conn, W)

    assert rows(conn) == [[], [], [], [], []]
