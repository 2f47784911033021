"""The event log: only ever added to, one fact a version, proof against tampering."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection

from shared.storage.event_log import Appended, TextKey, read_stream, verify_stream
from shared.storage.pool import connect
from tests.fixtures.log import LogDatabase, holes, put

CHANGES = ["UPDATE event SET type = 'x'", "DELETE FROM event", "TRUNCATE event", "DELETE FROM event WHERE version > 1000"]


@pytest.mark.parametrize("statement", CHANGES)
def test_facts_are_never_changed_or_removed(log_conn: Connection[Any], log_database: LogDatabase, statement: str) -> None:
    """EVT-01: refused to the application by grant, to the owner by trigger."""
    put(log_conn, uuid4(), 0, 3)

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        log_conn.execute(statement)
    with connect(log_database.owner, "owner") as owner, pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"):
        owner.execute(statement)

    assert log_conn.execute("SELECT count(*) FROM event").fetchone() == (3,)


@pytest.mark.parametrize("facts", [1, 3])
def test_one_version_exists_once_whoever_races_for_it(log_database: LogDatabase, log_conn: Connection[Any], facts: int) -> None:
    """EVT-02, EVT-03: four writers race for every version; exactly one wins, nobody leaves a hole."""
    stream, rounds, start = uuid4(), 15, threading.Barrier(4)
    answers: list[Appended] = []

    def race() -> None:
        with connect(log_database.app, "racer") as conn:
            for number in range(rounds):
                start.wait()
                answers.append(put(conn, stream, number * facts, facts))

    racers = [threading.Thread(target=race) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert Counter(answer.outcome for answer in answers) == {"ok": rounds, "conflict": 3 * rounds}
    assert holes(log_conn) == []
    assert verify_stream(log_conn, stream).facts == rounds * facts
    assert verify_stream(log_conn, stream).intact


def test_a_command_sent_four_times_at_once_is_carried_out_once(log_database: LogDatabase, log_conn: Connection[Any]) -> None:
    stream, commands, start = uuid4(), [uuid4() for _ in range(15)], threading.Barrier(4)
    outcomes: list[str] = []

    def send() -> None:
        with connect(log_database.app, "sender") as conn:
            for number, command in enumerate(commands):
                start.wait()
                outcomes.append(put(conn, stream, number, command=command).outcome)

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert Counter(outcomes) == {"ok": 15, "replayed": 45}
    assert len(read_stream(log_conn, stream)) == 15


def test_append_refuses_a_transaction_that_sees_an_old_snapshot(log_conn: Connection[Any]) -> None:
    log_conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

    for facts in (1, 2):
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="READ COMMITTED"), log_conn.transaction():
            put(log_conn, uuid4(), 0, facts)


def test_no_fact_is_stamped_before_the_floor(log_conn: Connection[Any]) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    log_conn.execute("UPDATE clock_floor SET w = %s", (tomorrow,))

    assert put(log_conn, uuid4(), 0).recorded_at == tomorrow
    assert put(log_conn, uuid4(), 0, 2).recorded_at == tomorrow


def test_moments_never_go_back_within_a_stream(log_conn: Connection[Any]) -> None:
    stream = uuid4()
    first = put(log_conn, stream, 0).recorded_at
    log_conn.execute("INSERT INTO test_clock (now_at) VALUES ('2026-03-02T12:00:00Z')")

    assert put(log_conn, stream, 1).recorded_at == first
    assert put(log_conn, stream, 2, 2).recorded_at == first
    assert put(log_conn, uuid4(), 0).recorded_at == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_stream_can_be_read_as_it_was(log_conn: Connection[Any]) -> None:
    stream = uuid4()
    moments = [put(log_conn, stream, version).recorded_at for version in range(4)]

    assert [envelope.version for envelope in read_stream(log_conn, stream, up_to_version=3)] == [1, 2, 3]
    assert [envelope.version for envelope in read_stream(log_conn, stream, recorded_up_to=moments[1])] == [1, 2]
    assert read_stream(log_conn, uuid4()) == []


@pytest.mark.parametrize("facts", [1, 3])
def test_a_command_may_name_the_fact_that_it_follows(log_conn: Connection[Any], facts: int) -> None:
    """The version alone does not tell a restored log from the one that was decided on."""
    stream = uuid4()
    put(log_conn, stream, 0, text_keys=(TextKey(uuid4(), b"key"),))
    last = UUID(read_stream(log_conn, stream)[0].id)

    wrong = put(log_conn, stream, 1, facts, follows=uuid4())
    right = put(log_conn, stream, 1, facts, follows=last)

    assert (wrong.outcome, right.outcome, right.first, right.last, right.live_texts) == ("conflict", "ok", 2, 1 + facts, 1)
    assert put(log_conn, stream, 1, facts, follows=last).outcome == "conflict"
    assert len(read_stream(log_conn, stream)) == 1 + facts
    assert verify_stream(log_conn, stream).intact


def test_an_append_in_a_transaction_of_the_caller_ends_with_it(log_conn: Connection[Any]) -> None:
    stream = uuid4()
    with log_conn.transaction(force_rollback=True):
        assert put(log_conn, stream, 0).outcome == "ok"

    assert read_stream(log_conn, stream) == []


TAMPERINGS = [
    ("UPDATE event SET payload = '{}' WHERE version = 2", 2),
    ("UPDATE event SET type = 'Other' WHERE version = 3", 3),
    ("UPDATE event SET recorded_at = recorded_at + interval '1 microsecond' WHERE version = 1", 1),
    ("UPDATE event SET meta = '{\"a\":1}' WHERE version = 3", 3),
    ("DELETE FROM event WHERE version = 2", 2),
    ("DELETE FROM event WHERE version = 1", 1),
]


@pytest.mark.parametrize(("statement", "broken_at"), TAMPERINGS)
def test_whoever_gets_round_the_triggers_is_found_out(log_conn: Connection[Any], log_database: LogDatabase, statement: str, broken_at: int) -> None:
    stream = uuid4()
    put(log_conn, stream, 0, 2)
    put(log_conn, stream, 2, 2)
    assert verify_stream(log_conn, stream).intact

    with connect(log_database.owner, "owner") as owner:
        owner.execute("ALTER TABLE event DISABLE TRIGGER event_is_only_added_to")
        owner.execute(statement)

    assert verify_stream(log_conn, stream).broken_at == broken_at
