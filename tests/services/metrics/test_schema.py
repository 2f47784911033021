"""The schema file and the migrations make the same database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql

import services.metrics
from deploy.local.databases import make_database
from shared.storage.migrate import run_script
from shared.storage.pool import connect
from tests.fixtures.postgres import ScratchDatabase, role_dsn
from tests.fixtures.shelf import drop_database

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
