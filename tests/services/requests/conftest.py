"""The request service on an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import Connection

from shared.storage.pool import connect
from tests.fixtures.postgres import FreshDatabase, ScratchDatabase
from tests.services.requests.calling import E, Person, R, Service, serve, settings_for


@pytest.fixture
def database(fresh_database: FreshDatabase) -> ScratchDatabase:
    return fresh_database("requests")


@pytest.fixture
def conn(database: ScratchDatabase) -> Iterator[Connection[Any]]:
    with connect(database.app, "test") as connection:
        yield connection


@pytest.fixture
def service(database: ScratchDatabase) -> Iterator[Service]:
    found = serve(settings_for(database))
    try:
        yield found
    finally:
        found.shell.pool.close()


@pytest.fixture
def requesting(service: Service) -> Person:
    return service.person(R)


@pytest.fixture
def requested(service: Service) -> Person:
    return service.person(E)
