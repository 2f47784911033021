"""Every command and every target of make that the documents name is there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from services.metrics.__main__ import COMMANDS as METRICS
from services.notifications.__main__ import NEEDS as NOTIFICATIONS
from services.requests.__main__ import COMMANDS as REQUESTS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
OFFERED = {"services.requests": set(REQUESTS), "services.notifications": set(NOTIFICATIONS), "services.metrics": set(METRICS)}
COMMAND = re.compile(r"python -m ([a-z_.]+[a-z_])(?: ([a-z][a-z-]*))?")
MAKE = re.compile(r"`make ([a-z-]+)")


def named(pattern: re.Pattern[str]) -> list[tuple[str, ...]]:
    return sorted({found for document in DOCUMENTS for found in pattern.findall(document.read_text(encoding="utf-8"))})


@pytest.mark.parametrize(("module", "command"), named(COMMAND))
def test_a_command_that_a_document_names_is_offered(module: str, command: str) -> None:
    assert importlib.util.find_spec(module) is not None
    assert not command or command in OFFERED.get(module, {command})


@pytest.mark.parametrize("target", named(MAKE))
def test_a_target_of_make_that_a_document_names_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
