"""What is watched with: promtool, the rules of alerts, the boards, and every expression in them."""

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.places import CHECKOUT

PROMETHEUS, GRAFANA = CHECKOUT / "deploy" / "prometheus", CHECKOUT / "deploy" / "grafana"
RULE_FILES = sorted((PROMETHEUS / "rules").glob("*.yaml"))
BOARD_FILES = sorted((GRAFANA / "boards").glob("*.json"))
SECONDS = 60


def promtool(*words: str | Path, text: str | None = None) -> str:
    """Everything promtool says; the test fails with that when it refuses, and with a sentence when it is not there."""
    found = subprocess.run(["sh", str(PROMETHEUS / "install.sh")], capture_output=True, text=True, check=False, timeout=SECONDS)
    if found.returncode:
        pytest.fail(found.stderr.strip(), pytrace=False)
    command = [found.stdout.strip().splitlines()[-1], *map(str, words)]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=SECONDS)
    if done.returncode:
        pytest.fail(f"promtool {' '.join(command[1:])}\n{done.stdout}{done.stderr}", pytrace=False)
    return done.stdout + done.stderr


def alerts() -> list[dict[str, Any]]:
    """Every alert of every rule file."""
    groups = [group for file in RULE_FILES for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def boards() -> dict[str, dict[str, Any]]:
    """The boards, by the name of their file."""
    return {file.stem: json.loads(file.read_text()) for file in BOARD_FILES}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """The panels of *board* that show something; rows only part them."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression, with where it stands; `$__rate_interval` as Grafana would fill it in."""
    for rule in alerts():
        yield rule["alert"], rule["expr"]
    for name, board in boards().items():
        for panel in panels(board):
            for target in panel.get("targets", []):
                yield f"{name}: {panel['title']}", target["expr"].replace("$__rate_interval", "1m").replace("$__range", "1h")


def names(expression: str) -> set[str]:
    """The series an expression reads."""
    return set(re.findall(r"\b(?:mlat?|process|python)_[a-z0-9_]+|\bup\b", expression))


def labels(expression: str) -> set[str]:
    """The labels an expression asks for, keeps or drops."""
    told = re.findall(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)", expression)
    asked = re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)\s*\"", expression)
    return {label.strip() for group in told for label in group.split(",") if label.strip()} | set(asked)


def rule_file(exprs: Sequence[str]) -> str:
    """A rule file that records each of *exprs*, for promtool to read."""
    rules = [{"record": f"read:{number}", "expr": expr} for number, expr in enumerate(exprs)]
    return yaml.safe_dump({"groups": [{"name": "read", "rules": rules}]})
