"""Fixtures every test may ask for, the mark that `make fast` leaves out, and which tests run first and in one process."""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

pytest_plugins = ["tests.fixtures.postgres", "tests.fixtures.kafka", "tests.fixtures.log"]

NEED_SERVERS = {
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
WHOLE_SYSTEM = "tests/e2e/"
WHOLE_FOLDERS = (WHOLE_SYSTEM, "tests/deploy/", "tests/chaos/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that needs a running server, a browser or the whole system; folders with long tests come first."""
    for item in items:
        if NEED_SERVERS & set(getattr(item, "fixturenames", ())) or item.nodeid.startswith(WHOLE_FOLDERS):
            item.add_marker(pytest.mark.servers)
    items.sort(key=lambda item: _turn(item.nodeid))


def _turn(nodeid: str) -> int:
    return next((place for place, folder in enumerate(WHOLE_FOLDERS) if nodeid.startswith(folder)), len(WHOLE_FOLDERS))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "ByFile":
    """Test files side by side."""
    return ByFile(config, log)


class ByFile(LoadFileScheduling):
    """The tests of a file in one process; those of the whole system, which share one, count as one file."""

    def _split_scope(self, nodeid: str) -> str:
        return WHOLE_SYSTEM if nodeid.startswith(WHOLE_SYSTEM) else super()._split_scope(nodeid)
