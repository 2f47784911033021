"""Asking a question of the rows: all that an answer rests on is read in one snapshot, and remembered by the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from psycopg import Connection, IsolationLevel

from services.metrics.courses import queries
from services.metrics.courses.keeping import Keeping
from services.metrics.courses.settling import streams_of
from services.metrics.domain.facts import Stream
from services.metrics.domain.question import Question
from services.metrics.domain.register import Register
from services.metrics.register import register_for
from shared.storage.pool import Pool

T = TypeVar("T")

_KEEPING: WeakKeyDictionary[Pool, Keeping] = WeakKeyDictionary()
"""What a process remembers of the database behind each of its pools."""


def keeping_of(pool: Pool) -> Keeping:
    """What the process remembers of the database behind *pool*."""
    return _KEEPING.setdefault(pool, Keeping())


@contextmanager
def snapshot(pool: Pool) -> Iterator[Connection[Any]]:
    """A connection on which everything is read as it was at one moment."""
    with pool.connection() as conn:
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        try:
            with conn.transaction():
                yield conn
        finally:
            conn.isolation_level = None


def ask(pool: Pool, question: Question, answered: Callable[[Register], T]) -> T:
    """What *answered* makes of the rows behind *question*."""
    kept = keeping_of(pool).of(question.authority)
    # The lock before the connection: who waits for the lock holds no connection that others need.
    with kept.lock, snapshot(pool) as conn:
        register = register_for(conn, question, kept, partial(facts_of, pool))
    return answered(register)


def facts_of(pool: Pool, requests: Sequence[str]) -> list[Stream]:
    """The facts of single requests, as far as they have arrived."""
    with pool.connection() as conn:
        return streams_of(queries.facts_of_requests(conn, requests))
