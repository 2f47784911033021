"""Asking a question of the rows: all that an answer rests on is read in one snapshot, and remembered by the process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar
from weakref import WeakKeyDictionary

from psycopg import IsolationLevel

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


def ask(pool: Pool, question: Question, answered: Callable[[Register], T]) -> T:
    """What *answered* makes of the rows behind *question*."""
    keeping = _KEEPING.setdefault(pool, Keeping())
    with pool.connection() as conn:
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        try:
            with conn.transaction():
                register = register_for(conn, question, keeping, partial(facts_of, pool))
        finally:
            conn.isolation_level = None
    return answered(register)


def facts_of(pool: Pool, requests: Sequence[str]) -> list[Stream]:
    """The facts of single requests, as far as they have arrived."""
    with pool.connection() as conn:
        return streams_of(queries.facts_of_requests(conn, requests))
