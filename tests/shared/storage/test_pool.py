"""Connections that outlive their server."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from psycopg_pool import PoolTimeout

from deploy.local.postgres import PostgresServer
from shared.storage.pool import connect, open_pool
from tests.fixtures.log import LogDatabase, put


def test_a_connection_whose_server_process_is_gone_is_not_handed_out(log_database: LogDatabase) -> None:
    with open_pool(log_database.app, max_size=1) as pool:
        with pool.connection() as conn:
            pid = conn.info.backend_pid
        with connect(log_database.app, "killer") as killer:
            killer.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

        with pool.connection() as conn:
            assert put(conn, uuid4(), 0).outcome == "ok"
            assert conn.info.backend_pid != pid


def test_a_statement_of_the_busiest_paths_outlives_a_rollback_that_lets_go_of_all_statements(log_database: LogDatabase) -> None:
    with open_pool(log_database.app, max_size=1) as pool, pool.connection() as conn:
        assert put(conn, uuid4(), 0).outcome == "ok"
        conn.execute("SELECT count(*) FROM event", prepare=True)
        with conn.transaction(force_rollback=True):
            conn.execute("SELECT 1")
        conn.execute("SELECT 2")

        assert put(conn, uuid4(), 0).outcome == "ok"


def test_a_pool_opens_without_a_server_and_tells_soon_that_there_is_none(own_postgres: Callable[[], PostgresServer]) -> None:
    server = own_postgres()
    server.kill()
    with open_pool(server.dsn(), max_size=1, timeout=0.3) as pool:
        with pytest.raises(PoolTimeout), pool.connection():
            pass
        server.start()
        with pool.connection(timeout=10) as conn:
            assert conn.execute("SHOW timezone").fetchone() == ("UTC",)


def test_a_statement_that_takes_too_long_is_ended(log_database: LogDatabase) -> None:
    with connect(log_database.app, "slow", statement_seconds=0.1) as conn, pytest.raises(Exception, match="statement timeout"):
        conn.execute("SELECT pg_sleep(5)")
