"""Reports over HTTP: the format that was asked for, under a name that says what it is, with the checksum of its figures."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pypdfium2
import pytest
from psycopg import Connection

from tests.services.metrics.envelopes import headers

PATH = "/v1/reports/account"
YEAR = {"from": "2025-01-01", "to": "2026-01-01", "as_known_at": "2026-01-31T23:00:00Z"}
BESIDE = {**YEAR, "beside": "2026-10-31T23:00:00Z"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def get(client: Any, path: str = PATH, accept: str | None = None, **query: str) -> Any:
    return client.get(path, query_string=query, headers=headers("de-central") | ({"Accept": accept} if accept else {}))


def opens(answer: Any, ending: str) -> bool:
    """A reader of that kind of file finds the account in it."""
    if ending == "csv":
        return next(csv.reader(io.StringIO(answer.data.decode())))[0] == "direction"
    if ending == "xlsx":
        return bool(openpyxl.load_workbook(io.BytesIO(answer.data))["account"]["A1"].value == "direction")
    return "Yearly account" in pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_bounded()


@pytest.mark.parametrize(
    ("ending", "media_type"),
    [("csv", "text/csv; charset=utf-8; header=present"), ("xlsx", XLSX), ("pdf", "application/pdf")],
)
def test_a_file_comes_under_its_name_with_its_checksum_twice_the_same(client: Any, given: Connection[Any], ending: str, media_type: str) -> None:
    as_json = get(client, **BESIDE).json
    asked, accepted = get(client, **BESIDE, format=ending), get(client, accept=media_type.partition(";")[0], **BESIDE)

    assert (asked.status_code, asked.content_type) == (200, media_type)
    assert asked.headers["Content-Disposition"] == f'attachment; filename="account-de-central-2025-01-01-2026-01-01.{ending}"'
    assert asked.headers["Report-Checksum"] == as_json["checksum"]
    assert asked.headers["Data-As-Of"] == "2026-01-31T23:00:00Z"
    assert accepted.data == asked.data
    assert opens(asked, ending)


def test_what_was_corrected_since_stands_beside_the_past_report(client: Any, given: Connection[Any]) -> None:
    past, beside = get(client, **YEAR).json, get(client, **BESIDE).json
    now = get(client, **{**YEAR, "as_known_at": BESIDE["beside"]}).json

    assert {name: beside[name] for name in past} == past
    assert (beside["beside"]["rows"], beside["beside"]["checksum"]) == (now["rows"], now["checksum"])
    assert {line["cause"] for line in beside["beside"]["corrections"]} == {"duplicate", "late_registered", "reclassified", "fact_corrected", "late_fact"}
    corrections = get(client, **BESIDE, format="csv", table="corrections").data.decode().splitlines()
    assert len(corrections) == len(beside["beside"]["corrections"]) + 1


REFUSED: dict[str, tuple[dict[str, str], int, list[str]]] = {
    "no moment": ({"beside": "soon"}, 400, ["?beside"]),
    "the same moment": ({"beside": "2026-01-31T23:00:00Z"}, 400, ["?beside"]),
    "an earlier moment": ({"beside": "2025-01-31T23:00:00Z"}, 400, ["?beside"]),
    "beside no moment of its own": ({"as_known_at": "", "beside": "2026-10-01T00:00:00Z"}, 400, ["?beside"]),
    "a format that does not exist": ({"format": "docx"}, 400, ["?format"]),
    "one table of a format that holds all": ({"format": "pdf", "table": "corrections"}, 400, ["?table"]),
    "two faults at once": ({"format": "docx", "beside": "soon"}, 400, ["?format", "?beside"]),
    "a table that the report does not have": ({"format": "csv", "table": "corrections"}, 404, []),
    "a moment that has not arrived": ({"beside": "2026-11-02T00:00:00Z"}, 409, []),
    "a member of the question that cannot be read": ({"group_by": "person"}, 400, ["?group_by"]),
}


def test_what_cannot_be_made_is_refused_with_the_parameter(client: Any, given: Connection[Any]) -> None:
    answers = {name: get(client, **{**YEAR, **query}) for name, (query, _, _) in REFUSED.items()}

    found = {name: (answer.status_code, [fault["pointer"] for fault in answer.json["errors"]]) for name, answer in answers.items()}
    assert found == {name: (status, pointers) for name, (_, status, pointers) in REFUSED.items()}


def test_an_offset_with_an_unescaped_plus_sign_is_understood(client: Any, given: Connection[Any]) -> None:
    answer = client.get(
        f"{PATH}?from=2025-01-01&to=2026-01-01&as_known_at=2026-02-01T00:00:00+01:00&beside=2026-11-01T00:00:00+01:00", headers=headers("de-central")
    )

    assert (answer.json["query"]["as_known_at"], answer.json["beside"]["as_known_at"]) == (BESIDE["as_known_at"], BESIDE["beside"])


def test_the_document_names_every_format_of_a_report(client: Any, given: Connection[Any]) -> None:
    operation = client.get("/openapi.json").json["paths"]["/v1/reports/{name}"]["get"]

    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/csv", XLSX, "application/pdf"}
    assert {"format", "beside", "table"} <= {told["name"] for told in operation["parameters"]}


def test_the_list_of_reports_says_what_each_column_holds_and_who_asks(client: Any, given: Connection[Any]) -> None:
    answer = get(client, "/v1/reports").json

    assert [told["report"] for told in answer["reports"]] == ["account", "fatf-io2", "eu-2023-2844-art16", "eaw-questionnaire", "cepej", "delays"]
    assert all(told["asked_by"].keys() == told["meaning"].keys() == set(told["columns"]) for told in answer["reports"])
    assert answer["formats"] == ["json", "csv", "xlsx", "pdf"]
