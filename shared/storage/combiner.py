"""Commands of several threads in one transaction: one flush to disk for all that wait, an outcome of its own for each."""

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any

import psycopg
import structlog
from psycopg import Connection, errors
from psycopg_pool import PoolTimeout

from shared.storage.errors import TemporarilyUnavailable
from shared.storage.event_log import OK, Appended, Command, append_command
from shared.storage.pool import Pool

log = structlog.get_logger(__name__)
MOST = 16
WAIT_SECONDS = 30.0
GATHER_SECONDS = 0.001
Waiting = tuple[Command, "Future[Appended]"]

_APPEND_EACH = b"""
SELECT *
  FROM append_each(%b::uuid[], %b::bytea[], %s::text[], %b::uuid[], %s::text[], %s::int4[], %s::text[],
                   %s::int4[], %b::uuid[], %s::text[], %s::int4[], %b::bytea[],
                   %s::int4[], %s::text[], %s::timestamptz[],
                   %s::int4[], %b::uuid[], %b::bytea[])
"""

_APPEND_TOGETHER = b"""
SELECT append_together(%b::uuid[], %b::bytea[], %s::text[], %b::uuid[], %s::text[], %s::int4[], %s::text[],
                       %b::uuid[], %s::text[], %s::int4[], %b::bytea[])
"""


class Combiner:
    """Takes commands from any thread and hands them, up to sixteen at a time, to one committer. A command that comes alone waits for nobody.

    May be made before a fork: each process starts a committer of its own at its first command.
    """

    def __init__(self, pool: Pool, most: int = MOST) -> None:
        self._pool, self._most = pool, most
        self._lock = threading.Lock()
        self._pid = 0
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()

    def append(self, **arguments: Any) -> Appended:
        """As `event_log.append`, without the connection. A command whose connection was lost is asked again: its id tells whether it was carried out.

        Raises:
            TemporarilyUnavailable: the database did not do it; the same command may be given again.
        """
        return self.append_command(Command(**arguments))

    def append_command(self, command: Command) -> Appended:
        """The same, with the arguments as one value."""
        if self._pid != os.getpid():
            self._start()
        answer: Future[Appended] = Future()
        self._queue.put((command, answer))
        try:
            return answer.result(WAIT_SECONDS)
        except WaitedTooLong as fault:
            raise TemporarilyUnavailable("no answer from the database") from fault

    def close(self) -> None:
        """End the committer after what is queued."""
        if self._pid == os.getpid():
            self._queue.put(None)

    def _start(self) -> None:
        with self._lock:
            if self._pid == os.getpid():
                return
            self._queue = SimpleQueue()
            threading.Thread(target=self._commit_for_ever, args=(self._queue,), name="committer", daemon=True).start()
            self._pid = os.getpid()

    def _commit_for_ever(self, queue: "SimpleQueue[Waiting | None]") -> None:
        last = 1
        while (first := queue.get()) is not None:
            batch = [first]
            # Threads that were just answered come back within moments; without this the first of them would go alone, again and again.
            patience = time.monotonic() + GATHER_SECONDS if last > 1 else 0.0
            while len(batch) < self._most:
                wait = patience - time.monotonic() if len(batch) < last else 0.0
                try:
                    following = queue.get(timeout=wait) if wait > 0 else queue.get_nowait()
                except Empty:
                    break
                if following is None:
                    queue.put(None)
                    break
                batch.append(following)
            last = len(batch)
            self._commit(batch)

    def _commit(self, batch: list[Waiting]) -> None:
        """Give every command of *batch* its answer. What spoils the transaction of all makes each go alone."""
        try:
            if len(batch) > 1 and all(command.follows is None for command, _ in batch):
                batch.sort(key=lambda waiting: waiting[0].stream.bytes)  # streams are always locked in this order
                with self._pool.connection() as conn:
                    answers = append_all(conn, [command for command, _ in batch])
                for (_, answer), appended in zip(batch, answers, strict=True):
                    answer.set_result(appended)
                return
        except (psycopg.Error, PoolTimeout) as fault:
            log.info("batch_split", commands=len(batch), fault=type(fault).__name__)
        for command, answer in batch:
            self._commit_alone(command, answer)

    def _commit_alone(self, command: Command, answer: "Future[Appended]") -> None:
        for is_last in (False, True):
            try:
                with self._pool.connection() as conn:
                    answer.set_result(append_command(conn, command))
                return
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as fault:
                if is_last:
                    unavailable = TemporarilyUnavailable(type(fault).__name__)
                    unavailable.__cause__ = fault
                    answer.set_exception(unavailable)
            except Exception as fault:  # noqa: BLE001  # whatever it is belongs to the thread that waits, not to the committer
                answer.set_exception(fault)
                return


def append_all(conn: Connection[Any], commands: Sequence[Command]) -> list[Appended]:
    """Append several commands in one transaction: by one statement when they are as simple as most are and none is in another's way, else one by one."""
    if _are_simple(commands):
        try:
            return append_together(conn, commands)
        except errors.SerializationFailure:
            pass  # one of them met a conflict or was carried out before: each gets its own outcome below
    return append_each(conn, commands)


def _are_simple(commands: Sequence[Command]) -> bool:
    """Whether each has one fact and nothing else, on a stream and under an id of its own."""
    alone = all(len(command.events) == 1 and not command.due and not command.text_keys for command in commands)
    count = len(commands)
    return alone and len({command.stream for command in commands}) == count and len({command.command_id for command in commands}) == count


def append_together(conn: Connection[Any], commands: Sequence[Command]) -> list[Appended]:
    """Append simple commands in one statement.

    Raises:
        SerializationFailure: not all of them can be carried out; nothing was written.
    """
    events = [command.events[0] for command in commands]
    row = conn.execute(
        _APPEND_TOGETHER,
        (
            *_heads(commands),
            [event.id for event in events],
            [event.type for event in events],
            [event.schema_version for event in events],
            [event.payload for event in events],
        ),
    ).fetchone()
    assert row is not None
    return [Appended(OK, command.expected + 1, command.expected + 1, moment, command.fingerprint) for command, moment in zip(commands, row[0], strict=True)]


def _heads(commands: Sequence[Command]) -> tuple[list[Any], ...]:
    return (
        [command.command_id for command in commands],
        [command.fingerprint for command in commands],
        [command.topic for command in commands],
        [command.stream for command in commands],
        [command.subject for command in commands],
        [command.expected for command in commands],
        [command.meta for command in commands],
    )


def append_each(conn: Connection[Any], commands: Sequence[Command]) -> list[Appended]:
    """Append several commands in one transaction, in the order given. A conflict of one leaves the others alone; an error undoes all."""
    events = list(chain.from_iterable(command.events for command in commands))
    dues = list(chain.from_iterable(command.due for command in commands))
    keys = list(chain.from_iterable(command.text_keys for command in commands))
    rows = conn.execute(
        _APPEND_EACH,
        (
            *_heads(commands),
            [len(command.events) for command in commands],
            [event.id for event in events],
            [event.type for event in events],
            [event.schema_version for event in events],
            [event.payload for event in events],
            [len(command.due) for command in commands],
            [due.kind for due in dues],
            [due.at for due in dues],
            [len(command.text_keys) for command in commands],
            [key.id for key in keys],
            [key.key for key in keys],
        ),
    ).fetchall()
    return [Appended(*row) for row in rows]
