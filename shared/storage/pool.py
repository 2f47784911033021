"""Connections: every statement is a transaction of its own unless the caller opens one."""

import select
from typing import Any

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

CONNECT_SECONDS = 5
Pool = ConnectionPool[Connection[Any]]


def connection_options(name: str, statement_seconds: float | None = None) -> dict[str, Any]:
    """Arguments of every connection we make: autocommit, UTC, statements prepared at their first use, dead peers noticed."""
    options = ["-c timezone=UTC"]
    if statement_seconds is not None:
        options.append(f"-c statement_timeout={int(statement_seconds * 1000)}")
    return {
        "autocommit": True,
        "prepare_threshold": 0,
        "application_name": name,
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "options": " ".join(options),
    }


def connect(dsn: str, name: str, statement_seconds: float | None = None) -> Connection[Any]:
    """One connection outside any pool, for a loop that owns it."""
    return psycopg.connect(dsn, **connection_options(name, statement_seconds))


def check_alive(conn: Connection[Any]) -> None:
    """Raise when the server has hung up. Costs no round trip: an idle connection with something to read is a broken one or has a notice.

    Raises:
        psycopg.OperationalError: the connection is lost.
    """
    if conn.closed:
        raise psycopg.OperationalError("the connection is closed")
    poller = select.poll()
    poller.register(conn.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    if poller.poll(0):
        ConnectionPool.check_connection(conn)


def open_pool(
    dsn: str,
    *,
    name: str = "rogatory",
    min_size: int = 1,
    max_size: int = 8,
    timeout: float = 2.0,
    statement_seconds: float | None = None,
) -> Pool:
    """A pool that is open at once, whether or not the database is there: who asks for a connection waits *timeout* seconds, then gets PoolTimeout.

    Open it after a fork, never before.
    """
    return ConnectionPool(
        dsn,
        kwargs=connection_options(name, statement_seconds),
        min_size=min_size,
        max_size=max_size,
        timeout=timeout,
        reconnect_timeout=2.0,
        max_lifetime=3600,
        check=check_alive,
        name=name,
        open=True,
    )
