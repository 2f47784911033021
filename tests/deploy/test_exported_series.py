"""What the services export: promtool accepts it, alerts and boards read nothing else, and no label names a State, an authority or a case."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from services.metrics.api.app import make_app as metrics_app
from services.metrics.settings import Settings as MetricsSettings
from services.notifications.api.app import make_app as notifications_app
from services.notifications.settings import Settings as NotificationsSettings
from shared.storage.pool import connect
from shared.telemetry import metrics as telemetry  # noqa: F401 - importing it registers what daemons tell
from tests.deploy.observed import expressions, labels, names, promtool
from tests.fixtures.postgres import FreshDatabase
from tests.services.metrics.envelopes import API_KEY_SECRET, follow_given
from tests.services.notifications import builders
from tests.services.requests.calling import R, serve, settings_for

OF_PROMETHEUS = {"up"}
LABELS_OF_PROMETHEUS = {"job", "instance", "service", "process"}
ALLOWED = {
    *("direction", "kind", "stage", "outcome", "row", "state", "quantile", "level", "le"),
    *("projection", "topic", "partition", "channel", "purpose", "reason", "loop", "why", "method", "status"),
    *("implementation", "major", "minor", "patchlevel", "version", "generation"),
}
"""Codes of ours and what prometheus_client says of the process itself. Nothing that grows with cases, people or States may be added."""

KM = "mlat_turnaround_km_seconds{"
"""Promtool would keep the label `quantile` for summaries; these are quantiles of the same meaning, and their name is published."""


def read(client: FlaskClient) -> str:
    """The figures, after a call that is counted among them."""
    client.get("/openapi.json")
    return client.get("/metrics").text


@pytest.fixture
def told(fresh_database: FreshDatabase, tmp_path: Path) -> dict[str, str]:
    """What each interface and a daemon say at /metrics, with something in the rows."""
    for secret in ("api_key_secret", "cursor_secret"):
        (tmp_path / secret).write_text(API_KEY_SECRET)
    database = {service: fresh_database(service) for service in ("requests", "notifications", "metrics")}
    env = {service: {**database[service].env(), "SECRETS_DIR": str(tmp_path)} for service in database}
    service = serve(settings_for(database["requests"]))
    service.person(R).sends()
    with connect(database["notifications"].app, "test") as conn:
        builders.registered(conn, builders.R)
    with connect(database["metrics"].app, "test") as conn:
        follow_given(conn)
    found = {
        "requests": read(service.app.test_client()),
        "notifications": read(notifications_app(NotificationsSettings.from_env(env["notifications"])).test_client()),
        "metrics": read(metrics_app(MetricsSettings.from_env(env["metrics"])).test_client()),
        "daemon": generate_latest(REGISTRY).decode(),
    }
    service.shell.pool.close()
    return found


def exported(text: str) -> set[str]:
    """Names of the series of *text*, those of families without a value included."""
    found = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    parts = {name: ("_bucket", "_sum", "_count") if kind == "histogram" else ("",) for name, kind in found.items()}
    return {name + part for name, ends in parts.items() for part in ends}


def samples(text: str) -> list[Any]:
    """Every sample of *text*."""
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def test_alerts_and_boards_read_only_what_is_exported_by_labels_that_exist(told: dict[str, str]) -> None:
    known = OF_PROMETHEUS.union(*map(exported, told.values()))

    assert {where: names(expression) - known for where, expression in expressions() if names(expression) - known} == {}
    assert {where: labels(expression) - ALLOWED - LABELS_OF_PROMETHEUS for where, expression in expressions()} == {where: set() for where, _ in expressions()}


def test_what_is_exported_is_well_formed_and_names_no_state_authority_person_or_case(told: dict[str, str]) -> None:
    for service, text in told.items():
        promtool("check", "metrics", text="".join(line for line in text.splitlines(keepends=True) if not line.startswith(KM)))
        found = samples(text)
        assert {name for sample in found for name in sample.labels} <= ALLOWED, service
        values = {value for sample in found for value in sample.labels.values()}
        assert not [value for value in values if "central" in value or re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", value)], service


def test_calls_are_counted_by_method_and_class_of_status(told: dict[str, str]) -> None:
    counted = {tuple(sorted(sample.labels.items())): sample.value for sample in samples(told["metrics"]) if sample.name == "mla_http_call_seconds_count"}

    assert counted[("method", "GET"), ("status", "2xx")] >= 1
