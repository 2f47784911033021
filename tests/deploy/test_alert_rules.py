"""Alerts: promtool reads them and their examples hold, each says what to do, and Prometheus asks every process."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.places import CHECKOUT
from deploy.local.processes import PROCESSES
from tests.deploy.observed import PROMETHEUS, RULE_FILES, alerts, promtool

ALERTS = alerts()
HEADINGS = ["What it means for a desk", "What to look at", "What to do", "When it is over"]
WITHOUT_FIGURES = {"console", "mail-sink"}


def test_promtool_reads_the_configuration_and_every_rule() -> None:
    told = promtool("check", "config", PROMETHEUS / "prometheus.yml")

    assert f"{len(RULE_FILES)} rule files found" in told
    assert "FAILED" not in told


@pytest.mark.parametrize("file", RULE_FILES, ids=lambda file: file.stem)
def test_the_examples_of_alerts_hold(file: Path) -> None:
    assert "SUCCESS" in promtool("test", "rules", PROMETHEUS / "tests" / file.name)


def test_every_alert_has_an_example_in_which_it_stands_and_begins_with_one_in_which_it_does_not() -> None:
    standing, silent_first = set(), set()
    for file in RULE_FILES:
        for block in yaml.safe_load((PROMETHEUS / "tests" / file.name).read_text())["tests"]:
            steps = block["promql_expr_test"]
            shown = {name for step in steps for sample in step["exp_samples"] for name in re.findall(r'alertname="(\w+)"', sample["labels"])}
            standing |= shown
            if steps[0]["exp_samples"] == [] and steps[-1]["exp_samples"] == []:
                silent_first |= shown

    assert standing == silent_first == {rule["alert"] for rule in ALERTS}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_says_how_grave_it_is_and_where_its_runbook_lies(rule: dict[str, Any]) -> None:
    runbook = CHECKOUT / rule["annotations"]["runbook_url"]
    text = runbook.read_text()

    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert runbook == CHECKOUT / "docs" / "runbooks" / f"{rule['alert']}.md"
    assert text.startswith(f"# {rule['alert']}: ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS


def test_every_runbook_belongs_to_an_alert_and_stands_in_the_list() -> None:
    written = {file.stem for file in (CHECKOUT / "docs" / "runbooks").glob("*.md")} - {"README"}
    listed = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \|", (CHECKOUT / "docs" / "runbooks" / "README.md").read_text(), re.MULTILINE)

    assert written == {rule["alert"] for rule in ALERTS}
    assert sorted(listed) == sorted((rule["alert"], rule["alert"], rule["labels"]["severity"]) for rule in ALERTS)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_a_runbook_names_commands_and_alerts_that_exist(rule: dict[str, Any]) -> None:
    text = (CHECKOUT / rule["annotations"]["runbook_url"]).read_text()
    commands = re.findall(r"python -m (services\.\w+) ([a-z-]+)", text)
    named = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", text))

    assert named <= {each["alert"] for each in ALERTS}
    for package, command in commands:
        assert f'"{command}"' in (CHECKOUT / package.replace(".", "/") / "__main__.py").read_text(), command


def test_prometheus_asks_every_process_that_has_figures_under_its_service() -> None:
    (job,) = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    asked = {target: group["labels"]["service"] for group in job["static_configs"] for target in group["targets"]}

    assert asked == {f"{process.name}:8000": process.service for process in PROCESSES if process.name not in WITHOUT_FIGURES}
