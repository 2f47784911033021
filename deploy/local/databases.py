"""The three databases and their roles. Tables and what roles may do with them come from each service's migrations."""

from pathlib import Path

import psycopg
from psycopg import sql

from deploy.local.places import LOOPBACK
from deploy.local.secret_files import make_once

SERVICES = ("requests", "notifications", "metrics")
ROLES: dict[str, dict[str, str]] = {
    "owner": {},
    "app": {"transaction_timeout": "60s", "idle_in_transaction_session_timeout": "10s"},
    "reader": {"default_transaction_read_only": "on", "statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"},
}
"""owner: owns the database and migrates; app: what the processes use; reader: reads only. With the settings of each."""


def role_name(service: str, role: str) -> str:
    """Name of a service's role in PostgreSQL."""
    return f"{service}_{role}"


def password(folder: Path, service: str, role: str) -> str:
    """The role's password, from its file in *folder*."""
    return make_once(folder / role_name(service, role))


def dsn(folder: Path, port: int, service: str, role: str, host: str = LOOPBACK) -> str:
    """Connection URL of a role to the service's own database."""
    return f"postgresql://{role_name(service, role)}:{password(folder, service, role)}@{host}:{port}/{service}"


def make_roles(conn: psycopg.Connection, service: str, passwords: Path) -> None:
    """The roles of *service* exist, with the passwords of their files and the time limits of `ROLES`."""
    known = {name for (name,) in conn.execute("SELECT rolname FROM pg_roles").fetchall()}
    for role, settings in ROLES.items():
        name = sql.Identifier(role_name(service, role))
        if role_name(service, role) not in known:
            conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
        conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password(passwords, service, role))))
        for setting, value in settings.items():
            conn.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(name, sql.Identifier(setting), sql.Literal(value)))


def make_database(conn: psycopg.Connection, service: str, database: str, template: str = "template0") -> None:
    """A new database that only the roles of *service* may enter. *conn* is a superuser's, outside a transaction."""
    name, owner = sql.Identifier(database), sql.Identifier(role_name(service, "owner"))
    conn.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(name, owner, sql.Identifier(template)))
    close_to_others(conn, service, database)


def close_to_others(conn: psycopg.Connection, service: str, database: str) -> None:
    """Only the roles of *service* may connect to *database*."""
    name = sql.Identifier(database)
    conn.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    for role in ("app", "reader"):
        conn.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(role_name(service, role))))


def make_all(admin_dsn: str, passwords: Path) -> None:
    """Databases and roles of all services exist. Repeatable."""
    with psycopg.connect(admin_dsn, autocommit=True) as conn:
        known = {name for (name,) in conn.execute("SELECT datname FROM pg_database").fetchall()}
        for service in SERVICES:
            make_roles(conn, service, passwords)
            if service not in known:
                make_database(conn, service, service)
            close_to_others(conn, service, service)  # again: an interrupted run may have left it open
