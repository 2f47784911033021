"""The schema file and the migrations make the same database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql

import services.metrics
from deploy.local.databases import make_database
from services.metrics.courses.queries import marks_waiting
from services.metrics.courses.settling import settle_everything
from shared.storage.migrate import migrate, run_script
from shared.storage.pool import connect
from tests.fixtures.postgres import ScratchDatabase, role_dsn
from tests.fixtures.shelf import drop_database
from tests.services.metrics.envelopes import envelopes, follow, given_lines

SCHEMA = Path(services.metrics.__file__).parent / "schema.sql"


def columns(conn: Connection[Any]) -> list[tuple[Any, ...]]:
    return conn.execute(
        """
        SELECT table_name, column_name, data_type, is_nullable, column_default
          FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name <> 'schema_migration'
         ORDER BY 1, 2
        """
    ).fetchall()


def indexes(conn: Connection[Any]) -> list[tuple[Any, ...]]:
    return conn.execute("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_migration' ORDER BY 1, 2").fetchall()


def grants(conn: Connection[Any]) -> list[tuple[Any, ...]]:
    return conn.execute(
        """
        SELECT grantee, table_name, privilege_type
          FROM information_schema.role_table_grants
         WHERE table_schema = 'public' AND table_name <> 'schema_migration'
         ORDER BY 1, 2, 3
        """
    ).fetchall()


def test_the_schema_file_is_what_the_migrations_make(database: ScratchDatabase, pg_admin_dsn: str) -> None:
    name = f"{database.name}_schema"
    with psycopg.connect(pg_admin_dsn, autocommit=True) as admin:
        make_database(admin, "metrics", name)
    try:
        with connect(role_dsn("metrics", "owner", name), "test") as written, connect(database.owner, "test") as migrated:
            run_script(written, SCHEMA, "metrics")

            assert columns(written) == columns(migrated)
            assert indexes(written) == indexes(migrated)
            assert grants(written) == grants(migrated)
    finally:
        drop_database(pg_admin_dsn, name)


def test_no_process_of_the_service_may_change_a_fact(conn: Connection[Any]) -> None:
    for table in ("request_fact", "escalation_fact", "authority_said"):
        granted = conn.execute("SELECT has_table_privilege(%s, 'UPDATE')", (table,)).fetchone()
        assert granted == (False,), sql.Identifier(table)


def test_an_update_of_the_rules_folds_every_kept_request_anew(database: ScratchDatabase, conn: Connection[Any]) -> None:
    """A database filled before the rule on moved zones: its courses are not left as the old code made them."""
    lines = given_lines()[:3]
    for line in lines:
        follow(conn, envelopes(line))
    settle_everything(conn)
    settled = marks_waiting(conn)
    with connect(database.owner, "test") as owner:
        owner.execute("DELETE FROM schema_migration WHERE name = 'moved_zones'")

    assert migrate(database.owner, SCHEMA.parent / "migrations", "metrics", "post") == 1

    assert (settled, marks_waiting(conn)) == (0, len(lines))
