"""Asking a question of the rows: all that an answer rests on is read in one snapshot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from psycopg import IsolationLevel

from services.metrics.domain.answers import Register
from services.metrics.domain.question import Question
from services.metrics.register import register_for
from shared.storage.pool import Pool

T = TypeVar("T")


def ask(pool: Pool, question: Question, answered: Callable[[Register], T]) -> T:
    """What *answered* makes of the rows behind *question*."""
    with pool.connection() as conn:
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        try:
            with conn.transaction():
                register = register_for(conn, question)
        finally:
            conn.isolation_level = None
    return answered(register)
