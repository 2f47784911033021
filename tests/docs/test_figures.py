"""Every section of the definitions that a module cites stands on the page of the definitions."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CITED = re.compile(r"figures-1, sections? (\d+)(?:(?:,| and) (\d+))*")


def test_sections_that_modules_cite_are_there() -> None:
    page = (ROOT / "docs" / "figures.md").read_text()
    there = set(re.findall(r"^## (\d+)\.", page, re.MULTILINE))
    cited = {
        (path.relative_to(ROOT).as_posix(), section)
        for path in (ROOT / "services").rglob("*.py")
        for match in CITED.finditer(path.read_text())
        for section in match.groups()
        if section
    }

    assert len(cited) > 10
    assert {where for where in cited if where[1] not in there} == set()
