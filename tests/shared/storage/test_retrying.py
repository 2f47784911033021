"""Serialization failures and deadlocks: asked again, not for ever."""

import threading
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import Connection

from shared.storage.combiner import Combiner
from shared.storage.errors import TemporarilyUnavailable
from shared.storage.event_log import CONFLICT, OK, Command, meta, stream_version
from shared.storage.pool import Pool, connect
from shared.storage.retrying import TRIES
from tests.fixtures.log import LogDatabase, fact, holes, put


def make_appends_fail(log_database: LogDatabase, times: int) -> None:
    """The next *times* inserts of facts fail with 40001. A sequence counts, since it does not roll back."""
    with connect(log_database.owner, "owner") as owner:
        owner.execute("CREATE SEQUENCE tries")
        owner.execute("GRANT USAGE, SELECT ON tries TO requests_app")
        owner.execute(
            f"""
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'injected' USING ERRCODE = 'serialization_failure'; END IF;
                RETURN NEW;
            END $$
            """
        )
        owner.execute("CREATE TRIGGER fail BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION fail()")


def test_serialization_failures_are_tried_again(log_conn: Connection[Any], log_database: LogDatabase) -> None:
    """CON-04, the good end."""
    make_appends_fail(log_database, TRIES - 1)

    assert put(log_conn, uuid4(), 0).outcome == OK


def test_a_database_that_keeps_failing_is_told_as_unavailable(log_conn: Connection[Any], log_database: LogDatabase) -> None:
    """CON-04: tried with pauses at most five times, then an error that says when to come back; nothing was written."""
    make_appends_fail(log_database, 1_000)
    stream = uuid4()

    with pytest.raises(TemporarilyUnavailable) as told:
        put(log_conn, stream, 0)

    assert told.value.retry_after > 0
    assert stream_version(log_conn, stream) == 0
    assert log_conn.execute("SELECT last_value FROM tries").fetchone() == (TRIES,)


def test_one_failing_command_does_not_take_its_neighbours_along(log_pool: Pool, log_conn: Connection[Any]) -> None:
    taken = fact()
    combiner = Combiner(log_pool)
    outcomes: dict[int, str] = {}

    def send(number: int, **given: Any) -> None:
        stream = uuid4()
        command = Command(uuid4(), b"f", "mla.requests", stream, str(stream), 0, [given.get("event") or fact()], meta())
        try:
            outcomes[number] = combiner.append_command(command).outcome
        except psycopg.Error as fault:
            outcomes[number] = type(fault).__name__

    send(0, event=taken)
    senders = [threading.Thread(target=send, args=(number,), kwargs={"event": taken} if number == 5 else {}) for number in range(1, 13)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    combiner.close()

    assert outcomes.pop(5) == "UniqueViolation"
    assert set(outcomes.values()) == {OK}


def test_mixed_load_ends_without_deadlock_or_hole(log_database: LogDatabase, log_pool: Pool, log_conn: Connection[Any]) -> None:
    """CON-03: streams are locked in the order of their ids; what deadlocks all the same is tried again. Nobody sees one."""
    streams, combiners = [uuid4() for _ in range(3)], [Combiner(log_pool), Combiner(log_pool)]
    outcomes: list[str] = []

    def send(number: int) -> None:
        combiner = combiners[number % 2]
        with connect(log_database.app, "reader") as conn:
            for step in range(15):
                stream = streams[(number + step) % 3]
                events = [fact() for _ in range(1 + step % 2)]
                command = Command(uuid4(), b"f", "mla.requests", stream, str(stream), stream_version(conn, stream), events, meta())
                outcomes.append(combiner.append_command(command).outcome)

    senders = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    for combiner in combiners:
        combiner.close()

    assert len(outcomes) == 120
    assert set(outcomes) <= {OK, CONFLICT}
    assert holes(log_conn) == []
