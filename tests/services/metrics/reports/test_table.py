"""Six reports; each says who asks for what, and the same question has the same bytes in every format."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from services.metrics.domain.answers import figures
from services.metrics.domain.members import members
from services.metrics.domain.question import Question
from services.metrics.reports.formats.writing import FORMATS, TableUnknown, file_name, one_table, written
from services.metrics.reports.table import REPORTS, ReportUnknown, report
from tests.services.metrics.given_set import register
from tests.services.metrics.reports.made import YEAR, awkward, made, named

NOT_REQUESTS = ("account.closed", "account.reopened", "durations.arrest", "durations.decision_to_surrender", "durations.reopened")
"""Cells that count episodes or persons."""


@pytest.mark.parametrize("wanted", FORMATS)
@pytest.mark.parametrize("name", REPORTS)
def test_the_same_question_has_the_same_bytes(name: str, wanted: str) -> None:
    first = named(made(name, beside=True))
    again = named(report(register(), Question.read(YEAR), name))

    assert written(replace(first, beside=None), wanted) == written(again, wanted)
    assert again.checksum == first.checksum


@pytest.mark.parametrize("name", REPORTS)
def test_each_column_says_what_it_holds_and_keys_come_first(name: str) -> None:
    for columns in (REPORTS[name].columns, *(table.columns for table in made(name).tables)):
        assert all(column.meaning.endswith(".") for column in columns)
        assert [column.key for column in columns] == sorted((column.key for column in columns), reverse=True)


def test_the_checksum_is_that_of_question_and_figures_as_canonical_json() -> None:
    """Computed as docs/reports.md tells a reader to do it, from the bytes that were answered."""
    answer = json.loads(written(named(made("eaw-questionnaire")), "json"))

    members = {name: answer[name] for name in ("query", "columns", "rows", "tables")}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    assert answer["checksum"] == hashlib.sha256(canonical).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"rows": [["all", 1, 2.5]]}, id="a figure"),
        pytest.param({"query": {"authority": "de-central"}}, id="the question"),
        pytest.param({"tables": made("fatf-io2").tables}, id="a further table"),
    ],
)
def test_another_figure_or_question_has_another_checksum(changed: dict[str, Any]) -> None:
    found = awkward([["all", 1, 2.4]])

    assert replace(found, **changed).checksum != found.checksum
    assert replace(found, notes=("Other words.",)).checksum == found.checksum


def test_what_the_form_asks_besides_comes_from_the_same_figures() -> None:
    groups = figures(register(), Question.read(YEAR))["groups"]
    eaw = {group["direction"]: group for group in groups if group["kind"] == "eaw"}
    channels, grounds, rest = made("eaw-questionnaire").tables

    assert [row[0] for row in channels.rows] == list(eaw)
    assert all(row[1] == eaw[str(row[0])]["account"]["new"] == row[2] + row[3] for row in channels.rows)  # type: ignore[operator]  # numbers
    assert sum(int(str(row[2])) for row in grounds.rows) == sum(sum(group["activity"]["refused_by_ground"].values()) for group in eaw.values())
    assert [row[0] for row in rest.rows] == ["offence groups", "nationals and residents"]


def test_what_is_published_hides_every_small_number() -> None:
    """The given set has one exchange that is no request, one duplicate at most, one draft never sent."""
    for name in REPORTS:
        found = made(name, publish="true")
        assert not [count for count in found.query["excluded"].values() if count]
        assert all(not table.rows for table in found.tables if table.name == "corrected_since_previous")
    (besides,) = made("fatf-io2", publish="true").tables
    assert besides.rows[0][1] is None


@pytest.mark.parametrize("name", REPORTS)
def test_the_requests_behind_a_cell_are_as_many_as_the_cell_says(name: str) -> None:
    """Each is asked for at the place that the report names. An episode or a person is counted by itself, so requests may be fewer there."""
    found, group_by = made(name), REPORTS[name].group_by
    names = [column.name for column in found.columns]
    for row in found.rows:
        cells = dict(zip(names, row, strict=True))
        place = {"direction": str(cells["direction"]), group_by: REPORTS[name].only or str(cells[group_by])}
        for column in [each for each in found.columns if each.figure]:
            cell = str(column.figure).format_map(cells)
            behind = members(register(), Question.read({**YEAR, "group_by": group_by}), {key: None if at == "all" else at for key, at in place.items()}, cell)
            counted = int(str(cells[column.name]))
            assert len(behind) == counted or (cell.startswith(NOT_REQUESTS) and 0 < len(behind) < counted), (place, cell)


def test_the_address_of_the_requests_has_the_question_filled_in() -> None:
    asked = "authority=de-central&from=2025-01-01&to=2026-01-01&as_known_at=2026-01-31T23%3A00%3A00Z&compared_with=2024-12-31T23%3A00%3A00Z"

    assert made("cepej").members == f"/v1/figures/members?{asked}&group_by=kind{{&direction,kind,cell}}"
    assert made("eaw-questionnaire").members == f"/v1/figures/members?{asked}&group_by=kind&kind=eaw{{&direction,cell}}"
    assert made("cepej").as_json()["cells"]["pending_over_two_years"] == "ageing.731+"
    assert made("cepej", publish="true").as_json()["members"] is None


def test_the_account_names_the_requests_behind_its_column_corrected() -> None:
    found = made("account", **{"from": "2026-01-01", "to": "2027-01-01", "as_known_at": "2026-10-31T23:00:00Z", "compared_with": "2026-01-31T23:00:00Z"})
    place = [column.name for column in found.columns].index("corrected")

    (table,) = found.tables

    assert sum(int(str(row[3])) for row in table.rows) == sum(int(str(row[place])) for row in found.rows if row[1] == "all")
    assert table.rows


def test_a_report_or_table_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ReportUnknown, match="account, cepej"):
        report(register(), Question.read(YEAR), "balance")
    with pytest.raises(TableUnknown, match="fatf-io2, asked_besides"):
        one_table(made("fatf-io2"), "corrections")


def test_the_name_of_the_file_says_what_is_in_it() -> None:
    assert file_name(made("account"), "pdf") == "account-de-central-2025-01-01-2026-01-01.pdf"
    assert file_name(replace(made("account"), query={**YEAR, "authority": 'a"b/c\r\n'}), "csv") == "account-a_b_c__-2025-01-01-2026-01-01.csv"
