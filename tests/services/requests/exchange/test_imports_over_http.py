"""`/v1/imports`: upload, look, carry out; supervisor and head only."""

import io
from datetime import datetime
from typing import Any

import openpyxl
import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.requests.api import imports
from services.requests.exchange import uploads
from services.requests.shell import Shell
from tests.services.requests.exchange.conftest import bearer
from tests.services.requests.exchange.registers import incoming, outgoing, register

CONTENT = register(outgoing(1), outgoing(2), incoming(3, ";2025-03-04;;2025-04-02;;;;"))


def uploaded(client: FlaskClient, headers: dict[str, str], content: bytes = CONTENT, **more: str) -> TestResponse:
    return client.post("/v1/imports", headers=headers, data={"file": (io.BytesIO(content), "register.csv"), **more})


def said(answer: TestResponse) -> Any:
    return answer.get_json()


def numbers(body: Any) -> tuple[int, int, int]:
    return body["taken"], body["doubled"], body["refused"]


def test_a_register_is_looked_at_first_and_carried_out_then(shell: Shell, client: FlaskClient) -> None:
    headers = bearer(shell, "supervisor")

    checked = uploaded(client, headers)
    assert (checked.status_code, said(checked)["state"], numbers(said(checked))) == (201, "checked", (2, 0, 1))
    assert said(client.get("/v1/requests?count=true", headers=headers))["requests"] == []

    done = client.post(f"{checked.headers['Location']}/commit", headers=headers)

    assert (done.status_code, said(done)["state"], numbers(said(done))) == (200, "committed", (2, 0, 1))
    refused = said(client.get(f"{checked.headers['Location']}/rows?outcome=refused", headers=headers))["rows"]
    assert [(row["row"], row["faults"][0]["column"], row["faults"][0]["code"]) for row in refused] == [(4, "decided", "move_not_possible")]
    taken = said(client.get(f"{checked.headers['Location']}/rows?outcome=taken", headers=headers))["rows"]
    assert said(client.get(f"/v1/requests/{taken[0]['request']}", headers=headers))["state"] == "returned"


MAPPING = """
sheet: Register
header_row: 2
columns: {Aktenzeichen: own_reference, An: counterpart, Art: kind, Angelegt: drafted}
values: {kind: {EEA: eio}}
defaults: {direction: outgoing, instrument: EU-EIO}
ignore: [Bemerkung]
"""


def test_a_workbook_with_headings_of_its_own_comes_in_with_its_mapping(shell: Shell, client: FlaskClient) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Register")
    for line in (["Our office"], ["Aktenzeichen", "An", "Art", "Angelegt", "Bemerkung"], ["X-1/26", "ch-central", "EEA", datetime(2026, 5, 4), "=1+1"]):  # noqa: DTZ001 - as a workbook holds it
        sheet.append(line)
    sheet.append(["X-2/26", "nobody", "EEA", "31.02.2026", None])
    content = io.BytesIO()
    book.save(content)

    checked = uploaded(client, bearer(shell, "supervisor"), content.getvalue(), mapping=MAPPING)

    assert (checked.status_code, numbers(said(checked))) == (201, (1, 0, 1)), checked.text


def test_the_same_upload_again_is_the_same_import(shell: Shell, client: FlaskClient) -> None:
    headers = bearer(shell, "head")
    first = uploaded(client, headers)

    again = uploaded(client, headers)

    assert (again.status_code, again.headers.get("Idempotency-Replayed"), said(again)) == (201, "true", said(first))
    assert said(uploaded(client, headers, CONTENT + b"\n\n"))["code"] == "idempotency_key_reused"


def test_the_file_is_sealed_while_it_waits_and_gone_when_it_is_done(shell: Shell, client: FlaskClient) -> None:
    headers = bearer(shell, "supervisor")
    where = uploaded(client, headers).headers["Location"]
    with shell.pool.connection() as conn:
        (kept,) = conn.execute("SELECT content FROM import").fetchone() or ("",)
    assert "Bank records" not in kept

    client.post(f"{where}/commit", headers=headers)

    with shell.pool.connection() as conn:
        assert conn.execute("SELECT content, content_key FROM import").fetchall() == [(None, None)]


def test_a_long_register_is_carried_out_in_several_calls(shell: Shell, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SECONDS_A_CALL", 0.0)
    monkeypatch.setattr(uploads, "ROWS_AT_ONCE", 2)
    headers = bearer(shell, "supervisor")
    where = uploaded(client, headers, register(*(outgoing(number) for number in range(3)))).headers["Location"]

    first = client.post(f"{where}/commit", headers=headers)
    assert (said(first)["state"], said(first)["done_row"], first.headers["Retry-After"]) == ("committing", 3, "1")
    client.post(f"{where}/commit", headers=headers)
    last = client.post(f"{where}/commit", headers=headers)

    assert (said(last)["state"], numbers(said(last))) == ("committed", (3, 0, 0))


def test_two_calls_at_once_do_not_carry_out_the_same_rows(shell: Shell, client: FlaskClient) -> None:
    headers = bearer(shell, "supervisor")
    where = uploaded(client, headers).headers["Location"]
    with shell.pool.connection() as conn:
        conn.execute("UPDATE import SET claimed_until = clock_timestamp() + interval '1 minute'")

    busy = client.post(f"{where}/commit", headers=headers)

    assert (busy.status_code, said(busy)["code"], busy.headers["Retry-After"]) == (409, "still_processing", "5")


@pytest.mark.parametrize("role", ["desk", "integrator", "auditor", "administrator"])
def test_only_supervisor_and_head_import(shell: Shell, client: FlaskClient, role: str) -> None:
    answer = uploaded(client, bearer(shell, role))

    assert (answer.status_code, said(answer)["code"]) == (403, "not_allowed")


def test_what_is_no_register_is_refused_and_nothing_is_stored(shell: Shell, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "LARGEST_FILE_BYTES", 1000)
    headers = bearer(shell, "supervisor")

    no_register = uploaded(client, headers, b"\xd0\xcf\x11\xe0 old workbook")
    no_mapping = uploaded(client, headers, mapping="colums: {}")
    no_file = client.post("/v1/imports", headers=headers, data={"mapping": "x"}, content_type="multipart/form-data")
    too_large = uploaded(client, headers, b"x" * 1001)
    json = client.post("/v1/imports", headers=headers, json={})

    assert [(each.status_code, said(each)["code"]) for each in (no_register, no_mapping, no_file, too_large, json)] == [
        (422, "validation_failed"),
        (422, "validation_failed"),
        (422, "validation_failed"),
        (413, "too_large"),
        (415, "unsupported_media_type"),
    ]
    with shell.pool.connection() as conn, conn.cursor(row_factory=psycopg.rows.scalar_row) as cur:
        assert cur.execute("SELECT count(*) FROM import").fetchone() == 0


def test_another_authority_does_not_know_that_there_is_such_an_import(shell: Shell, client: FlaskClient) -> None:
    headers = bearer(shell, "supervisor")

    assert client.get("/v1/imports/00000000-0000-7000-8000-000000000000", headers=headers).status_code == 404
