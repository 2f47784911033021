"""Migrations: numbered files, each carried out once, in order, in a transaction of its own; two processes at once do it one after the other.

A file is called `NNNN_name.pre.sql` (before the new code starts, must suit the old) or `NNNN_name.post.sql` (after the old code has gone).
A line `-- include: shared/storage/sql/x.sql` stands for that file. `:app_role`, `:reader_role`, `:owner_role` stand for the service's roles.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import structlog
from psycopg import Connection, sql

from shared.storage.errors import MigrationChanged
from shared.storage.pool import connect

log = structlog.get_logger(__name__)
ROOT = Path(__file__).resolve().parents[2]
FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.(pre|post)\.sql")
INCLUDE = re.compile(r"^-- include: (\S+)\s*$", re.MULTILINE)
ROLE = re.compile(r"(?<!:):(app|reader|owner)_role\b")
LOCK = 0x0_6D6C_6101  # any number of our own; the same for every migration


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    number: int
    name: str
    phase: str
    path: Path


def included(path: Path) -> str:
    """Text of *path* with its includes in their places."""
    return INCLUDE.sub(lambda found: included(ROOT / found.group(1)), path.read_text())


def with_roles(text: str, service: str, conn: Connection[Any]) -> str:
    """*text* with the names of the service's roles."""
    return ROLE.sub(lambda found: sql.Identifier(f"{service}_{found.group(1)}").as_string(conn), text)


def migrations(folder: Path) -> list[Migration]:
    """The files of *folder*, in order.

    Raises:
        ValueError: a file has another kind of name, or two have the same number.
    """
    found = []
    for path in sorted(folder.glob("*.sql")):
        parts = FILE_NAME.fullmatch(path.name)
        if parts is None:
            raise ValueError(f"{path.name}: not NNNN_name.pre.sql or NNNN_name.post.sql")
        found.append(Migration(int(parts.group(1)), parts.group(2), parts.group(3), path))
    numbers = [migration.number for migration in found]
    if len(set(numbers)) != len(numbers):
        raise ValueError(f"{folder}: a number occurs twice")
    return found


def run_script(conn: Connection[Any], path: Path, service: str) -> str:
    """Carry out the statements of *path* with its includes. Returns their text before roles were named."""
    text = included(path)
    # The text is a file of this checkout, not a value from outside.
    conn.execute(sql.SQL(with_roles(text, service, conn)), prepare=False)
    return text


def _prepare(conn: Connection[Any]) -> None:
    conn.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_migration (
            number     integer     PRIMARY KEY,
            name       text        NOT NULL,
            phase      text        NOT NULL,
            checksum   text        NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
    )


def _done(conn: Connection[Any]) -> dict[int, str]:
    return dict(conn.execute("SELECT number, checksum FROM schema_migration ORDER BY number").fetchall())


def _carry_out(conn: Connection[Any], migration: Migration, service: str, checksum: str) -> None:
    with conn.transaction():
        run_script(conn, migration.path, service)
        conn.execute(
            "INSERT INTO schema_migration (number, name, phase, checksum) VALUES (%s, %s, %s, %s)",
            (migration.number, migration.name, migration.phase, checksum),
        )
    log.info("migrated", number=migration.number, name=migration.name, phase=migration.phase)


def migrate(dsn: str, folder: Path, service: str, phase: str | None = None) -> int:
    """Carry out what has not been, of *phase* ("pre", "post") or all. Returns how many. May be killed at any moment and run again.

    Raises:
        MigrationChanged: a file differs from what was carried out.
    """
    count = 0
    with connect(dsn, f"{service}-migrate") as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        _prepare(conn)
        done = _done(conn)
        for migration in migrations(folder):
            checksum = hashlib.sha256(included(migration.path).encode()).hexdigest()
            if migration.number not in done:
                if phase in (None, migration.phase):
                    _carry_out(conn, migration, service, checksum)
                    count += 1
            elif done[migration.number] != checksum:
                raise MigrationChanged(f"{migration.path.name} has changed since it was carried out; write a new migration")
    return count


def database_is_current(conn: Connection[psycopg.rows.TupleRow], folder: Path) -> bool:
    """Whether every migration of *folder* has been carried out (for readiness)."""
    try:
        done = _done(conn)
    except psycopg.errors.UndefinedTable:
        return False
    return all(migration.number in done for migration in migrations(folder))
