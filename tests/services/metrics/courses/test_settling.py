"""Courses that grew as facts came are those made at once; what is not settled is counted all the same."""

from __future__ import annotations

import json
import random
from itertools import zip_longest
from typing import Any

import pytest
from psycopg import Connection

from services.metrics import queries
from services.metrics.__main__ import main
from services.metrics.courses import keeping
from services.metrics.courses.queries import marks_waiting
from services.metrics.courses.settling import settle, settle_everything
from tests.fixtures.postgres import ScratchDatabase
from tests.services.metrics.envelopes import W, envelopes, follow, follow_directory, follow_given, given_lines, headers, reach

QUERY = {"from": "2025-01-01", "to": "2026-01-01", "as_known_at": "2026-10-31T23:00:00Z", "months": "true", "curve": "to_return"}


def courses(conn: Connection[Any]) -> list[tuple[Any, ...]]:
    return conn.execute("SELECT request, head, episode, hold, rest, event, wait, clock, holder FROM course ORDER BY request").fetchall()


def words(conn: Connection[Any]) -> list[tuple[Any, ...]]:
    return conn.execute("SELECT code, text FROM word ORDER BY code").fetchall()


def figures(client: Any, **more: str) -> bytes:
    answer = client.get("/v1/figures", query_string=QUERY | more, headers=headers("de-central"))
    assert answer.status_code == 200, answer.data
    found: bytes = answer.data
    return found


def test_courses_that_grew_fact_by_fact_are_byte_for_byte_those_made_at_once(conn: Connection[Any], database: ScratchDatabase) -> None:
    """EVT-02: incremental is equal to from scratch, in whatever order the streams came."""
    follow_directory(conn)
    lines = given_lines()
    random.Random(7).shuffle(lines)
    for step, facts in enumerate(zip_longest(*(envelopes(line) for line in lines))):
        for fact in filter(None, facts):
            follow(conn, [fact])
        if step % 3 == 0:
            settle(conn)
    for line in lines:
        if escalated := envelopes(line, escalations=True):
            follow(conn, escalated)
    settle_everything(conn)
    grown, named = courses(conn), words(conn)
    with conn.transaction():
        queries.forget_courses(conn)

    assert main(["settle", "--all"], {"DATABASE_URL": database.app}) == 0
    assert courses(conn) == grown
    assert words(conn) == named
    assert len(grown) == len(lines)


def test_folding_again_what_is_the_same_changes_nothing(conn: Connection[Any], database: ScratchDatabase) -> None:
    follow_given(conn)
    settle_everything(conn)
    before = conn.execute("SELECT request, changed_no FROM course ORDER BY request").fetchall()

    assert main(["settle", "--all"], {"DATABASE_URL": database.app}) == 0
    assert conn.execute("SELECT request, changed_no FROM course ORDER BY request").fetchall() == before


def test_the_answer_is_the_same_bytes_before_while_and_after_facts_are_settled(client: Any, conn: Connection[Any]) -> None:
    follow_given(conn)
    unsettled = figures(client)
    settle(conn, 20)
    half = figures(client, group_by="kind")
    settle_everything(conn)

    assert marks_waiting(conn) == 0
    assert figures(client) == half == unsettled
    assert figures(client, group_by="counterpart,stage") != unsettled


def test_a_question_asked_at_once_after_new_facts_counts_them(client: Any, conn: Connection[Any]) -> None:
    lines = given_lines()
    follow_given(conn, lines[:10])
    settle_everything(conn)
    few = json.loads(figures(client, as_known_at="2026-10-30T23:00:00Z"))
    for line in lines[10:]:
        follow(conn, envelopes(line))
    reach(conn, W.replace(day=2))
    many = json.loads(figures(client, as_known_at="2026-11-01T12:00:00Z"))

    assert many["groups"][0]["account"]["new"] > few["groups"][0]["account"]["new"]


def test_a_process_forgets_what_it_remembered_when_all_courses_are_thrown_away(client: Any, conn: Connection[Any]) -> None:
    follow_given(conn)
    settle_everything(conn)
    assert json.loads(figures(client))["groups"]
    with conn.transaction():
        queries.empty_rows(conn, [line for (line,) in conn.execute("SELECT DISTINCT authority FROM authority_said").fetchall()])

    assert json.loads(figures(client))["groups"] == []


def test_a_process_that_had_to_wait_for_new_courses_does_not_answer_from_none(client: Any, conn: Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    follow_given(conn)
    settle_everything(conn)
    before = figures(client)
    with conn.transaction():
        queries.empty_rows(conn, [line for (line,) in conn.execute("SELECT DISTINCT authority FROM authority_said").fetchall()])
    follow_given(conn)
    with monkeypatch.context() as few:
        few.setattr(keeping, "MOST_UNSETTLED", 5)
        assert client.get("/v1/figures", query_string=QUERY, headers=headers("de-central")).status_code == 503

    assert figures(client) == before


def test_with_more_to_fold_than_a_question_may_wait_for_it_is_asked_again_later(client: Any, conn: Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_UNSETTLED", 5)
    follow_given(conn)

    answer = client.get("/v1/figures", query_string=QUERY, headers=headers("de-central"))

    assert (answer.status_code, answer.json["code"]) == (503, "temporarily_unavailable")
    assert answer.headers["Retry-After"]
