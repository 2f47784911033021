"""Fixtures every test may ask for, and the mark that `make fast` leaves out."""

from collections.abc import Sequence

import pytest

pytest_plugins = ["tests.fixtures.postgres", "tests.fixtures.kafka", "tests.fixtures.log", "tests.fixtures.system"]

NEED_SERVERS = {
    "system",
    "pg_admin_dsn",
    "fresh_database",
    "service_dsn",
    "kafka_bootstrap",
    "own_broker",
    "own_postgres",
    "log_database",
    "common_log",
    "own_topics",
}
WHOLE_FOLDERS = ("tests/deploy/", "tests/chaos/", "tests/e2e/", "tests/browser/")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark every test that needs a running server, a browser or the whole system."""
    for item in items:
        if NEED_SERVERS & set(getattr(item, "fixturenames", ())) or item.nodeid.startswith(WHOLE_FOLDERS):
            item.add_marker(pytest.mark.servers)
