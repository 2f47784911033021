"""schema.sql says what the migrations make."""

from __future__ import annotations

from typing import Any

import psycopg

from deploy.local.databases import make_database
from shared.storage.migrate import ROOT, run_script
from shared.storage.pool import connect
from tests.fixtures.postgres import FreshDatabase, role_dsn
from tests.fixtures.shelf import drop_database

CATALOGUE = (
    """
    SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
      FROM information_schema.columns
     WHERE table_schema = 'public'
     ORDER BY table_name, column_name
    """,
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
    "SELECT oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
    "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants WHERE table_schema = 'public' ORDER BY 1, 2, 3",
    "SELECT name, width FROM lane",
)


def catalogue(dsn: str) -> list[list[Any]]:
    with connect(dsn, "test") as conn:
        return [[row for row in conn.execute(question).fetchall() if "schema_migration" not in str(row)] for question in CATALOGUE]


def test_a_database_made_from_the_schema_equals_one_made_by_migrations(fresh_database: FreshDatabase, pg_admin_dsn: str) -> None:
    migrated, name = fresh_database("notifications"), "schema_notifications"
    with psycopg.connect(pg_admin_dsn, autocommit=True) as admin:
        make_database(admin, "notifications", name)
    try:
        with connect(role_dsn("notifications", "owner", name), "test") as owner, owner.transaction():
            run_script(owner, ROOT / "services/notifications/schema.sql", "notifications")

        assert catalogue(role_dsn("notifications", "owner", name)) == catalogue(migrated.owner)
    finally:
        drop_database(pg_admin_dsn, name)
