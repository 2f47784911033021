"""Whatever a body holds: an answer below 500, and nothing stored with a refusal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection, sql

from services.metrics.api.app import make_app as make_metrics
from services.metrics.settings import Settings as MetricsSettings
from services.notifications.api.app import make_app as make_notifications
from services.notifications.settings import Settings as NotificationsSettings
from shared.storage.pool import connect
from tests.fixtures.postgres import FreshDatabase, ScratchDatabase
from tests.properties.bodies import Operation, bodies, operations
from tests.services.metrics import envelopes
from tests.services.notifications.builders import API_KEY_SECRET, key_for, registered
from tests.services.requests.calling import R, serve, settings_for

EXAMPLES = {"requests": 60, "notifications": 60, "metrics": 20}
ROLES = ("desk", "head", "administrator", "integrator")
TABLES = """
    SELECT relname
      FROM pg_class
     WHERE relkind = 'r'
       AND relnamespace = 'public'::regnamespace
     ORDER BY relname
"""
Served = tuple[FlaskClient, Mapping[str, Mapping[str, str]], Mapping[str, str]]
"""A client, headers by role, and values for the places in paths."""


def requests_service(database: ScratchDatabase, folder: Path) -> Iterator[Served]:
    service = serve(settings_for(database))
    made = service.person(R).sends()
    keys = {role: {"Authorization": f"Bearer {service.person(R, role).key}", "If-Match": f'"{made.version}"'} for role in ROLES}
    yield service.app.test_client(), keys, {"request_id": made.id, "authority_id": R}
    service.shell.pool.close()


def notifications_service(database: ScratchDatabase, folder: Path) -> Iterator[Served]:
    for name in ("api_key_secret", "cursor_secret"):
        (folder / name).write_text(API_KEY_SECRET)
    with connect(database.app, "test") as conn:
        registered(conn, "r-central")
        keys = {role: {"Authorization": f"Bearer {key_for(conn, 'r-central', role, None)}"} for role in ROLES}
    yield make_notifications(NotificationsSettings.from_env({**database.env(), "SECRETS_DIR": str(folder)})).test_client(), keys, {"authority": "r-central"}


def metrics_service(database: ScratchDatabase, folder: Path) -> Iterator[Served]:
    (folder / "api_key_secret").write_text(envelopes.API_KEY_SECRET)
    with connect(database.app, "test") as conn:
        envelopes.follow_directory(conn)
    yield make_metrics(MetricsSettings.from_env({**database.env(), "SECRETS_DIR": str(folder)})).test_client(), {"head": envelopes.headers("de-central")}, {}


SERVICES: Mapping[str, Callable[[ScratchDatabase, Path], Iterator[Served]]] = {
    "requests": requests_service,
    "notifications": notifications_service,
    "metrics": metrics_service,
}


def counting(conn: Connection[Any]) -> Callable[[], list[Any]]:
    """How many rows each table has, whenever it is asked."""
    one = sql.SQL("SELECT {}, count(*) FROM {}")
    every = sql.SQL(" UNION ALL ").join(one.format(sql.Literal(table), sql.Identifier(table)) for (table,) in conn.execute(TABLES))
    return lambda: sorted(conn.execute(every).fetchall())


def addressed(operation: Operation, values: Mapping[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda place: values.get(place[1], str(uuid4())), operation.path)


@pytest.mark.parametrize("name", SERVICES)
def test_whatever_a_body_holds_the_service_does_not_fail_and_a_refusal_stores_nothing(name: str, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    """API-02, API-04: over every operation of the published documents."""
    database = fresh_database(name)
    served = SERVICES[name](database, tmp_path)
    client, keys, values = next(served)
    document = client.get("/openapi.json").get_json()
    offered = list(operations(document))
    assert offered

    with connect(database.owner, "test") as conn:
        stored = counting(conn)

        @settings(max_examples=EXAMPLES[name], deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(st.data(), st.sampled_from(offered), st.sampled_from(sorted(keys)))
        def answered(data: st.DataObject, operation: Operation, role: str) -> None:
            body = json.dumps(data.draw(bodies(document, operation)))
            before = stored()
            headers = {**keys[role], "Idempotency-Key": uuid4().hex, "Content-Type": "application/json"}
            answer = client.open(addressed(operation, values), method=operation.method, data=body, headers=headers)

            assert answer.status_code < 500, answer.text
            assert answer.status_code < 400 or stored() == before

        answered()
    list(served)
