"""The feed: everything once, in the order of each stream, whatever commits late."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection

from shared.storage.errors import CursorExpired, CursorRefused
from shared.storage.feed import Cursor, feed_end, feed_page, from_text, to_text
from shared.storage.pool import connect
from tests.fixtures.log import LogDatabase, put

SECRET = b"cursor secret"


def read_on(conn: Connection[Any], cursor: str | None, limit: int = 100) -> tuple[list[tuple[str, int]], str]:
    """Everything after *cursor*, as (stream, version)."""
    found: list[tuple[str, int]] = []
    while True:
        page, cursor = feed_page(conn, cursor, limit, secret=SECRET)
        if not page:
            return found, cursor
        assert len(page) <= limit
        found += [(envelope.stream, envelope.version) for envelope in page]


def versions(stream: UUID, *numbers: int) -> list[tuple[str, int]]:
    return [(str(stream), number) for number in numbers]


def test_a_reader_never_skips_what_commits_late(log_conn: Connection[Any], log_database: LogDatabase) -> None:
    """EVT-08: a slow transaction took its place before the reader went past it; its fact comes all the same, once."""
    slow, quick, later = uuid4(), uuid4(), uuid4()
    with connect(log_database.app, "slow") as other:
        with other.transaction():
            put(other, slow, 0)
            put(log_conn, quick, 0)
            before, cursor = read_on(log_conn, None)
            put(log_conn, later, 0)
            meanwhile, cursor = read_on(log_conn, cursor)
        after, cursor = read_on(log_conn, cursor)

    assert before == versions(quick, 1)
    assert meanwhile == versions(later, 1)
    assert after == versions(slow, 1)
    assert read_on(log_conn, cursor)[0] == []


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_of_any_size_give_everything_in_the_order_of_each_stream(log_conn: Connection[Any], limit: int) -> None:
    streams = [uuid4() for _ in range(3)]
    for version in range(5):
        for stream in streams:
            put(log_conn, stream, version)
    cursor: str | None = None
    for begun in (False, True):
        found, cursor = read_on(log_conn, cursor, limit)
        for stream in streams:
            wanted = range(6, 8) if begun else range(1, 6)
            assert [number for name, number in found if name == str(stream)] == list(wanted)
            put(log_conn, stream, 5, 2) if not begun else None


def test_only_facts_of_the_topic_asked_for_are_given(log_conn: Connection[Any]) -> None:
    wanted, other = uuid4(), uuid4()
    for version in range(3):
        put(log_conn, other, version, topic="mla.directory")
        put(log_conn, wanted, version)

    page, cursor = feed_page(log_conn, None, 2, secret=SECRET, topic="mla.requests")
    rest, _ = feed_page(log_conn, cursor, 2, secret=SECRET, topic="mla.requests")

    assert [(envelope.stream, envelope.version) for envelope in page + rest] == versions(wanted, 1, 2, 3)


def test_a_reader_may_begin_at_the_end(log_conn: Connection[Any]) -> None:
    old, new = uuid4(), uuid4()
    put(log_conn, old, 0)
    cursor = feed_end(log_conn, secret=SECRET)
    put(log_conn, new, 0)

    assert read_on(log_conn, cursor)[0] == versions(new, 1)


@pytest.mark.parametrize("cursor", ["", "abc", "ä", "A" * 60, "!!!"])
def test_a_cursor_of_somebody_else_is_refused(common_conn: Connection[Any], cursor: str) -> None:
    with pytest.raises(CursorRefused):
        feed_page(common_conn, cursor, 10, secret=SECRET)


def test_a_cursor_signed_with_another_secret_is_refused(common_conn: Connection[Any]) -> None:
    with pytest.raises(CursorRefused):
        feed_page(common_conn, feed_end(common_conn, secret=b"other"), 10, secret=SECRET)


def test_a_cursor_of_another_cluster_has_expired(common_conn: Connection[Any]) -> None:
    with pytest.raises(CursorExpired):
        feed_page(common_conn, to_text(Cursor("5:9:6,8", None, 0, 17), SECRET), 10, secret=SECRET)


@pytest.mark.parametrize("cursor", [Cursor("5:9:6,8", None, 0, 2**62), Cursor("1:1:", "700:900:700,750,899", 4_000_000, 7)])
def test_a_cursor_survives_its_text(cursor: Cursor) -> None:
    assert from_text(to_text(cursor, SECRET), SECRET) == cursor
