"""Every SQL statement about proofs of forecasts, one typed function each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb


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
