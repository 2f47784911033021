"""`docker-compose.yml` is well formed and runs what `make run` runs."""

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from deploy.docker.entry import STEPS
from deploy.local.databases import SERVICES
from deploy.local.places import CHECKOUT
from deploy.local.processes import PROCESSES

COMPOSE = CHECKOUT / "docker-compose.yml"
SERVERS = {"postgres", "kafka"}
OBSERVERS = {"prometheus", "grafana"}


@pytest.fixture(scope="module")
def compose() -> dict[str, dict[str, Any]]:
    """The services of the file, anchors resolved."""
    services: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return services


def test_the_file_follows_the_compose_specification() -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_process_of_make_run_is_a_container_and_no_other(compose: dict[str, dict[str, Any]]) -> None:
    kept_running = {name for name, service in compose.items() if "restart" in service}

    assert kept_running == {process.name for process in PROCESSES} | SERVERS | OBSERVERS


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_container_is_told_what_its_process_needs_and_no_more(compose: dict[str, dict[str, Any]], process: Any) -> None:
    service = compose[process.name]

    assert service["command"] == [process.name]
    assert ("KAFKA_BOOTSTRAP" in service["environment"]) == process.kafka
    assert ("SMTP_HOST" in service["environment"]) == process.mail
    assert not any("PASSWORD" in name or "DATABASE" in name for name in service["environment"])


def test_every_step_before_the_processes_exists_and_every_service_is_migrated(compose: dict[str, dict[str, Any]]) -> None:
    steps = [service["command"] for name, service in compose.items() if "restart" not in service]

    assert {words[0] for words in steps} == set(STEPS) - {"healthy"}
    assert sorted(words[1] for words in steps if words[0] == "migrate") == sorted(SERVICES)


def test_what_a_container_waits_for_exists(compose: dict[str, dict[str, Any]]) -> None:
    for name, service in compose.items():
        assert set(service.get("depends_on", {})) <= set(compose), name


def test_what_only_watches_runs_only_when_it_is_asked_for(compose: dict[str, dict[str, Any]]) -> None:
    assert {name for name, service in compose.items() if service.get("profiles") == ["observability"]} == OBSERVERS
    assert all(port.startswith("127.0.0.1:") for name in OBSERVERS for port in compose[name]["ports"])


def test_the_mail_sink_of_the_image_is_the_locked_one() -> None:
    locked = (CHECKOUT / "requirements" / "local.lock").read_text()
    own = re.findall(r"^[A-Za-z0-9_.-]+==\S+", (CHECKOUT / "deploy" / "docker" / "mail_sink.lock").read_text(), re.MULTILINE)

    assert own
    assert [line for line in own if line not in locked] == []
