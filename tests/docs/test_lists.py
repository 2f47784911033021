"""Lists in the documents are complete."""

import re
from pathlib import Path

import pytest

from deploy.local.places import CHECKOUT
from deploy.local.processes import PROCESSES
from deploy.local.secret_files import SERVICE_SECRETS
from services.requests.exchange.columns import COLUMNS, STEPS, template
from services.requests.exchange.mapping import READERS, read_mapping

DOCS = CHECKOUT / "docs"


def required(path: Path) -> set[str]:
    """The packages that a requirements file asks for, by name."""
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return {re.split(r"[\[=<>;~! ]", line)[0].lower() for line in lines if line and not line.startswith("-")}


@pytest.mark.parametrize("name", ["run", "local", "dev"])
def test_every_package_we_ask_for_is_explained(name: str) -> None:
    text = (DOCS / "dependencies.md").read_text()
    section = text.split(f"(`requirements/{name}.in`)")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([A-Za-z][\w.-]*) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)
    told = {row[0].lower() for row in rows if row[0] != "package"}

    assert told == required(CHECKOUT / "requirements" / f"{name}.in") | ({"uv"} if name == "run" else set())
    assert all(cell.strip() for row in rows for cell in row)


def test_every_decision_is_in_the_index_under_its_own_title() -> None:
    files = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    index = (DOCS / "decisions" / "README.md").read_text()
    expected = [(file.name[:4], file.read_text().splitlines()[0].removeprefix(f"# {file.name[:4]} "), file.name) for file in files]

    assert re.findall(r"^\| (\d{4}) \| \[(.+)\]\((.+\.md)\) \|$", index, re.MULTILINE) == expected
    assert [number for number, _, _ in expected] == [f"{number:04}" for number in range(1, len(files) + 1)]


def test_every_column_of_the_register_is_documented() -> None:
    documented = re.findall(r"^\| `([a-z_]+)` \|", (DOCS / "import.md").read_text(), re.MULTILINE)

    assert documented == [column.name for column in COLUMNS]
    assert {step.column for step in STEPS} <= set(documented)
    assert (CHECKOUT / "data" / "sample" / "register_template.csv").read_text() == template().replace("\r\n", "\n")


def test_the_mapping_of_the_document_can_be_read_and_shows_every_setting() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (DOCS / "import.md").read_text(), re.DOTALL)

    mapping = read_mapping(example.encode())

    assert mapping.translated("counterpart", "NO") == "no-central"
    assert set(re.findall(r"^([a-z_]+):", example, re.MULTILINE)) == set(READERS)


def test_every_process_and_key_file_is_in_the_operations_manual() -> None:
    text = (DOCS / "operations.md").read_text()
    service = ""
    told = set()
    for name in re.findall(r"^\| ([a-z-]+(?:, -[a-z]+)*) \|", text, re.MULTILINE):
        first, *others = name.split(", ")
        service = first.split("-")[0]
        told |= {first, *(service + other for other in others)}

    assert {process.name for process in PROCESSES} - {"mail-sink"} <= told
    assert all(f"| `{name}` |" in text for name in SERVICE_SECRETS)


def test_every_metric_of_the_operations_manual_exists() -> None:
    named = set(re.findall(r"`(mla_[a-z_]+)`", (DOCS / "operations.md").read_text()))
    code = "".join(file.read_text() for folder in ("shared", "services") for file in (CHECKOUT / folder).rglob("*.py"))

    assert {metric for metric in named if metric not in code} == set()
