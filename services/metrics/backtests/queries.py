"""Every SQL statement about proofs of forecasts, one typed function each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

PROVING = 0x0_6D6C_6103
"""Advisory lock: one process replays the past at a time."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How the forecasts of one direction and stage did when the past was replayed as it was known then."""

    direction: str
    stage: str
    known_at: datetime
    verdict: str
    figures: dict[str, Any]


def keep_proofs(conn: Connection[Any], authority: str, proofs: Sequence[Proof]) -> None:
    """Keep these proofs of *authority* beside the older ones; those of the same moment are replaced."""
    with conn.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO forecast_proof (authority, direction, stage, known_at, verdict, figures)
            VALUES (%s, %s, %s, %s, %s, %s)
            ON CONFLICT (authority, direction, stage, known_at) DO UPDATE
               SET verdict = EXCLUDED.verdict, figures = EXCLUDED.figures
            """,
            [(authority, proof.direction, proof.stage, proof.known_at, proof.verdict, Jsonb(proof.figures)) for proof in proofs],
        )


def proofs(conn: Connection[Any], authority: str, known_at: datetime) -> list[Proof]:
    """The last proof of each direction and stage of *authority* that was made of what was known at *known_at* or before."""
    rows = conn.execute(
        """
        SELECT DISTINCT ON (direction, stage) direction, stage, known_at, verdict, figures
          FROM forecast_proof
         WHERE authority = %(authority)s AND known_at <= %(known_at)s
         ORDER BY direction, stage, known_at DESC
        """,
        {"authority": authority, "known_at": known_at},
    ).fetchall()
    return [Proof(*row) for row in rows]


def last_proof_known_at(conn: Connection[Any], authority: str) -> datetime | None:
    """The moment of knowledge of the last backtest of *authority*."""
    row = conn.execute("SELECT max(known_at) FROM forecast_proof WHERE authority = %(authority)s", {"authority": authority}).fetchone()
    return row[0] if row else None


@contextmanager
def alone(conn: Connection[Any]) -> Iterator[bool]:
    """Whether nobody else replays the past; nobody else begins to inside the block."""
    row = conn.execute("SELECT pg_try_advisory_lock(%(lock)s)", {"lock": PROVING}).fetchone()
    got = bool(row and row[0])
    try:
        yield got
    finally:
        if got:
            conn.execute("SELECT pg_advisory_unlock(%(lock)s)", {"lock": PROVING})
