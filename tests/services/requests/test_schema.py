"""The schema file and the migrations make the same database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

import services.requests
from deploy.local.databases import make_database
from shared.storage.migrate import run_script
from shared.storage.pool import connect
from tests.fixtures.postgres import ScratchDatabase, role_dsn
from tests.fixtures.shelf import drop_database

SCHEMA = Path(services.requests.__file__).parent / "schema.sql"

WHAT_THERE_IS = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default
          FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name <> 'schema_migration'
         ORDER BY 1, 2
    """,
    "indexes": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_migration' ORDER BY 1, 2",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
          FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'schema_migration'
         ORDER BY 1, 2
    """,
    "functions": "SELECT proname, prosrc, pg_get_function_arguments(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
    "grants": """
        SELECT grantee, table_name, privilege_type
          FROM information_schema.role_table_grants
         WHERE table_schema = 'public' AND table_name <> 'schema_migration'
         ORDER BY 1, 2, 3
    """,
}


def test_the_schema_file_is_what_the_migrations_make(database: ScratchDatabase, pg_admin_dsn: str) -> None:
    name = f"{database.name}_schema"
    with psycopg.connect(pg_admin_dsn, autocommit=True) as admin:
        make_database(admin, "requests", name)
    try:
        with connect(role_dsn("requests", "owner", name), "test") as written, connect(database.owner, "test") as migrated:
            run_script(written, SCHEMA, "requests")

            for what, query in WHAT_THERE_IS.items():
                assert written.execute(query).fetchall() == migrated.execute(query).fetchall(), what
    finally:
        drop_database(pg_admin_dsn, name)


@pytest.mark.parametrize("statement", ["UPDATE event SET type = type", "DELETE FROM event", "TRUNCATE event"])
def test_no_process_changes_what_is_in_the_log(conn: Connection[Any], statement: str) -> None:
    """EVT-01."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)
