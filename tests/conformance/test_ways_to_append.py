"""The log makes the same promises whichever way a command reaches it: alone, with company, through the combiner."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection

from shared.storage.combiner import Combiner, append_all, append_each
from shared.storage.event_log import Appended, Command, Due, TextKey, append_command, find_command, meta, read_stream, verify_stream
from shared.storage.pool import Pool
from tests.fixtures.log import NOON, fact, holes

Append = Callable[[Command], Appended]


def command(stream: UUID, expected: int, facts: int = 1, **given: Any) -> Command:
    values = {"command_id": uuid4(), "fingerprint": b"same", **given}
    events = [fact(expected + step + 1) for step in range(facts)]
    return Command(topic="mla.requests", stream=stream, subject=str(stream), expected=expected, events=events, meta=meta("one"), **values)


def among_others(conn: Connection[Any], wanted: Command) -> Appended:
    """In one transaction with a command of another stream before it and one behind it."""
    answers = append_each(conn, [command(uuid4(), 0), wanted, command(uuid4(), 0, 2)])
    assert [answers[0].outcome, answers[2].outcome] == ["ok", "ok"]
    return answers[1]


def together(conn: Connection[Any], wanted: Command) -> Appended:
    """In one statement with simple commands of other streams, when it is simple itself."""
    answers = append_all(conn, [command(uuid4(), 0), wanted, command(uuid4(), 0)])
    assert [answers[0].outcome, answers[2].outcome] == ["ok", "ok"]
    return answers[1]


@pytest.fixture(params=["alone", "among others", "together", "combiner"])
def append(request: pytest.FixtureRequest, common_conn: Connection[Any], common_pool: Pool) -> Iterator[Append]:
    combiner = Combiner(common_pool)
    ways: dict[str, Append] = {
        "alone": lambda command: append_command(common_conn, command),
        "among others": lambda command: among_others(common_conn, command),
        "together": lambda command: together(common_conn, command),
        "combiner": combiner.append_command,
    }
    yield ways[request.param]
    combiner.close()


@pytest.mark.parametrize("facts", [1, 3])
def test_facts_become_the_next_versions(append: Append, common_conn: Connection[Any], facts: int) -> None:
    stream = uuid4()

    first = append(command(stream, 0, facts))
    second = append(command(stream, facts, facts))

    assert (first.outcome, first.first, first.last) == ("ok", 1, facts)
    assert (second.outcome, second.first, second.last) == ("ok", facts + 1, 2 * facts)
    assert [envelope.version for envelope in read_stream(common_conn, stream)] == list(range(1, 2 * facts + 1))


@pytest.mark.parametrize("facts", [1, 3])
@pytest.mark.parametrize(("expected", "why"), [(0, "behind"), (1, "behind"), (7, "ahead")])
def test_a_command_that_expects_another_version_writes_nothing(append: Append, common_conn: Connection[Any], facts: int, expected: int, why: str) -> None:
    stream = uuid4()
    append(command(stream, 0, 2))
    late = command(stream, expected, facts)

    answer = append(late)

    assert (answer.outcome, answer.last) == ("conflict", 2), why
    assert len(read_stream(common_conn, stream)) == 2
    assert find_command(common_conn, late.command_id) is None


def test_a_command_that_met_a_conflict_may_be_decided_anew(append: Append) -> None:
    stream, command_id = uuid4(), uuid4()
    append(command(stream, 0))
    assert append(command(stream, 0, command_id=command_id)).outcome == "conflict"

    assert append(command(stream, 1, command_id=command_id)).outcome == "ok"


@pytest.mark.parametrize("facts", [1, 2])
def test_a_repeated_command_gets_the_outcome_of_the_first_time(append: Append, common_conn: Connection[Any], facts: int) -> None:
    stream, command_id = uuid4(), uuid4()
    first = append(command(stream, 0, facts, command_id=command_id))
    append(command(stream, facts, 1))

    again = append(command(stream, facts + 1, facts, command_id=command_id))

    assert again == Appended("replayed", first.first, first.last, first.recorded_at, b"same")
    assert len(read_stream(common_conn, stream)) == facts + 1


def test_a_command_id_used_for_another_content_is_told(append: Append) -> None:
    stream, command_id = uuid4(), uuid4()
    append(command(stream, 0, command_id=command_id, fingerprint=b"this"))

    again = append(command(uuid4(), 0, command_id=command_id, fingerprint=b"that"))

    assert (again.outcome, again.fingerprint) == ("replayed", b"this")


def test_timers_and_keys_are_written_with_the_facts(append: Append, common_conn: Connection[Any]) -> None:
    stream, key = uuid4(), uuid4()
    append(command(stream, 0, due=(Due("lapse", NOON), Due("other", NOON)), text_keys=(TextKey(key, b"wrapped"),)))
    append(command(stream, 1, due=(Due("lapse", None),)))
    append(command(stream, 1, due=(Due("other", None),), text_keys=(TextKey(uuid4(), b"never"),)))

    assert common_conn.execute("SELECT kind, due_at FROM timer WHERE stream = %s", (stream,)).fetchall() == [("other", NOON)]
    assert common_conn.execute("SELECT id, key FROM text_key WHERE stream = %s", (stream,)).fetchall() == [(key, b"wrapped")]


def test_every_stream_is_intact_and_has_no_hole(append: Append, common_conn: Connection[Any]) -> None:
    """EVT-03."""
    streams = [uuid4() for _ in range(3)]
    for version in range(4):
        for stream in streams:
            append(command(stream, 2 * version, 2))
            append(command(stream, version, 1))

    assert not set(holes(common_conn)) & {(stream,) for stream in streams}
    for stream in streams:
        assert verify_stream(common_conn, stream).intact
        assert verify_stream(common_conn, stream).facts == 8
