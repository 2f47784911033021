"""docs/reports.md tells every column, every table and every parameter, and its way to check a checksum works."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.places import CHECKOUT
from services.metrics.api.reports import PARAMETERS
from services.metrics.reports.formats.writing import written
from services.metrics.reports.table import REPORTS
from tests.services.metrics.reports.made import made, named

TEXT = (CHECKOUT / "docs" / "reports.md").read_text(encoding="utf-8")
CHECK = re.compile(r"python3 -c '(import hashlib.*?)' report\.json", re.DOTALL)


@pytest.mark.parametrize("name", REPORTS)
def test_every_column_is_told_with_who_asks_for_it(name: str) -> None:
    section = TEXT.split(f"### `{name}`: ")[1].split("\n#")[0]
    told = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)

    assert section.startswith(REPORTS[name].title)
    assert told == [(column.name, column.asked_by or "added by us", column.meaning) for column in REPORTS[name].columns]


def test_every_further_table_is_told() -> None:
    section = TEXT.split("## Further tables")[1]
    told = re.findall(r"^\| `([\w-]+)` \| `(\w+)` \|", section, re.MULTILINE)

    assert told == [(name, table.name) for name in REPORTS for table in made(name).tables]


def test_every_parameter_is_told() -> None:
    section = TEXT.split("## What has been corrected")[0]

    assert all(f"`{told['name']}`" in section for told in PARAMETERS if told["name"] != "authority")


@pytest.mark.parametrize("name", ["account", "eaw-questionnaire"])
def test_the_checksum_is_computed_by_the_lines_of_the_document(name: str, tmp_path: Path) -> None:
    report = named(made(name, beside=True))
    file = tmp_path / "report.json"
    file.write_bytes(written(report, "json"))
    (program,) = CHECK.findall(TEXT)

    done = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True, timeout=30)

    assert done.stdout.strip() == report.checksum == json.loads(file.read_bytes())["checksum"]
