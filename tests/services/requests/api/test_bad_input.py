"""Bad input: a problem answer with the right code, and nothing stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from psycopg import Connection

from shared.web.body import MAX_BODY_BYTES
from tests.services.requests.calling import E, R, Service

DRAFT: dict[str, Any] = {"direction": "outgoing", "kind": "mla", "instrument": "COE-030", "requested": {"authority": E}}


def stored(conn: Connection[Any]) -> list[Any]:
    return conn.execute(
        """
        SELECT (SELECT count(*) FROM event WHERE topic = 'mla.requests'), (SELECT count(*) FROM command_log c JOIN event e ON e.stream = c.stream
          AND e.version = 1 AND e.topic = 'mla.requests'), (SELECT count(*) FROM reference_claim), (SELECT count(*) FROM text_key)
        """
    ).fetchall()


def text(**members: Any) -> bytes:
    return json.dumps({**DRAFT, **members}).encode()


def deep(levels: int) -> bytes:
    return b'{"direction": "outgoing", "fields": ' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        pytest.param(b"", 400, "malformed", "", id="no body"),
        pytest.param(b"{", 400, "malformed", "", id="no JSON"),
        pytest.param(b"[]", 400, "malformed", "", id="no object"),
        pytest.param(b'{"subject": "\xff"}', 400, "malformed", "", id="not UTF-8"),
        pytest.param('{"subject": "é"}'.encode("utf-16"), 400, "malformed", "", id="UTF-16"),
        pytest.param(b'{"kind": "mla", "kind": "eio"}', 400, "malformed", "", id="a name twice"),
        pytest.param(b'{"fields": {"a": NaN}}', 400, "malformed", "", id="NaN"),
        pytest.param(b'{"fields": {"a": 1e999}}', 400, "malformed", "", id="a number out of range"),
        pytest.param(b'{"subject": "a\\u0000b"}', 400, "malformed", "", id="NUL"),
        pytest.param(b'{"subject": "\\ud800"}', 400, "malformed", "", id="half a surrogate pair"),
        pytest.param(deep(33), 400, "malformed", "", id="nested too deeply"),
        pytest.param(deep(50_000), 400, "malformed", "", id="nested beyond measure"),
        pytest.param(b'{"subject": "' + b"a" * 1_100_000 + b'"}', 413, "too_large", None, id="oversized"),
        pytest.param(text(direction="sideways"), 422, "validation_failed", "/direction", id="no direction"),
        pytest.param(text(direction=["outgoing"]), 422, "validation_failed", "/direction", id="a list of directions"),
        pytest.param(text(priority="high"), 422, "validation_failed", "/priority", id="unknown member"),
        pytest.param(text(measures=[{"type": "x", "colour": "red"}]), 422, "validation_failed", "/measures/0/colour", id="unknown member within"),
        pytest.param(text(kind="letter"), 422, "validation_failed", "/kind", id="no such kind"),
        pytest.param(text(kind="eaw"), 422, "validation_failed", "/kind", id="a kind that the instrument does not have"),
        pytest.param(text(instrument="COE-999"), 422, "unknown_instrument", "/instrument", id="no such instrument"),
        pytest.param(text(requested={"authority": "nobody"}), 422, "validation_failed", "/requested/authority", id="no such authority"),
        pytest.param(text(requested={"authority": R}), 422, "validation_failed", "/requested/authority", id="to oneself"),
        pytest.param(text(urgency={"level": "urgent", "needed_by": "2026-13-01"}), 422, "validation_failed", "/urgency/needed_by", id="no such day"),
        pytest.param(text(urgency={"level": "urgent", "needed_by": "9999-12-31"}), 422, "validation_failed", "/urgency/needed_by", id="a day out of range"),
        pytest.param(text(occurred_at="0001-01-01T00:00:00+14:00"), 422, "validation_failed", "/occurred_at", id="a moment out of range"),
        pytest.param(text(occurred_at="2026-06-01T09:00:00"), 422, "validation_failed", "/occurred_at", id="a moment without offset"),
        pytest.param(text(occurred_at="20260101T000000Z"), 422, "validation_failed", "/occurred_at", id="a moment in the basic form"),
        pytest.param(text(occurred_at="2026-W01-1T00:00:00Z"), 422, "validation_failed", "/occurred_at", id="a moment by its week"),
        pytest.param(text(occurred_at="2026-01-01 00:00:00Z"), 422, "validation_failed", "/occurred_at", id="a moment without T"),
        pytest.param(text(occurred_at=1767225600), 422, "validation_failed", "/occurred_at", id="a moment as a number"),
        pytest.param(text(fields={"facts": "x", "colour": "red"}), 422, "validation_failed", "/fields/colour", id="no such field of the form"),
        pytest.param(text(fields={"a\tb": "x"}), 422, "validation_failed", "/fields", id="no name of a field"),
        pytest.param(text(subject=7), 422, "validation_failed", "/subject", id="another type"),
        pytest.param(text(languages=["Czech"]), 422, "validation_failed", "/languages/0", id="no language code"),
        pytest.param(text(own_reference="9 AR 1\r\nBcc: x"), 422, "validation_failed", "/own_reference", id="two lines"),
        pytest.param(text(subject="a\u202eb"), 422, "validation_failed", "/subject", id="hidden characters"),
        pytest.param(text(own_reference="x" * 600), 422, "validation_failed", "/own_reference", id="too long"),
    ],
)
def test_a_bad_body_is_refused_and_nothing_is_stored(service: Service, conn: Connection[Any], body: bytes, status: int, code: str, pointer: str | None) -> None:
    """API-02, API-04."""
    before = stored(conn)

    answer = service.person(R).call("POST", "/v1/requests", data=body, content_type="application/json")

    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert problem["request_id"] == answer.headers["Request-Id"]
    assert pointer is None or pointer in [fault["pointer"] for fault in problem["errors"]]
    assert stored(conn) == before


@pytest.mark.parametrize(
    ("blanks", "status"),
    [pytest.param(0, 201, id="short"), pytest.param(MAX_BODY_BYTES, 413, id="too long"), pytest.param(40 * MAX_BODY_BYTES, 413, id="much too long")],
)
def test_a_body_without_a_declared_length_is_taken_whole_or_not_at_all(service: Service, conn: Connection[Any], blanks: int, status: int) -> None:
    """API-04: what stands behind the limit may make it another body."""
    before = stored(conn)
    sent = BytesIO(text() + b" " * blanks + (b"no JSON" if blanks else b""))

    answer = service.person(R).call(
        "POST",
        "/v1/requests",
        input_stream=sent,
        content_type="application/json",
        environ_overrides={"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True},
    )

    assert answer.status_code == status
    assert (stored(conn) == before) is (status == 413)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Content-Type": "application/json; charset=latin1"}, 415, id="another charset"),
        pytest.param({"Content-Type": "application/json; charset=UTF-8"}, 201, id="UTF-8"),
        pytest.param({"Content-Type": 'application/json; charset="utf-8"'}, 201, id="UTF-8 in quotes"),
        pytest.param({"Content-Type": "application/vnd.rogatory+json"}, 201, id="a kind of JSON"),
        pytest.param({"Content-Type": "text/json"}, 415, id="another media type"),
        pytest.param({"Content-Type": ""}, 415, id="no media type"),
        pytest.param({"Content-Encoding": "gzip"}, 415, id="packed"),
        pytest.param({"Content-Encoding": "identity, br"}, 415, id="packed at last"),
        pytest.param({"Content-Encoding": "identity"}, 201, id="not packed"),
    ],
)
def test_only_plain_utf_8_json_is_taken(service: Service, conn: Connection[Any], headers: dict[str, str], status: int) -> None:
    """API-05: and the answer says what would be."""
    before = stored(conn)
    told = {"Content-Type": "application/json", **headers}

    answer = service.person(R).call("POST", "/v1/requests", data=text(), headers=told)

    assert answer.status_code == status, answer.text
    assert (stored(conn) == before) is (status == 415)
    if status == 415:
        assert answer.get_json()["code"] == "unsupported_media_type"
        assert ("Accept-Encoding" if "Content-Encoding" in headers else "Accept") in answer.headers


@pytest.mark.parametrize("path", ["/v1/requests", "/v1/imports", "/v1/nothing"])
def test_a_refused_body_is_read_to_its_end_so_that_the_answer_arrives(service: Service, path: str) -> None:
    sent = BytesIO(b"a" * 12_000_000)
    headers = {"Content-Type": "application/json", "Content-Length": "12000000"}

    answer = service.person(R).call("POST", path, input_stream=sent, headers=headers)

    assert answer.status_code in (403, 404, 413)
    assert sent.read(1) == b""


def test_the_fields_that_the_form_has_are_told_with_the_refusal(service: Service) -> None:
    answer = service.person(R).call("POST", "/v1/requests", {**DRAFT, "fields": {"colour": "red"}})

    form = service.shell.instruments.get("COE-030").form_fields
    assert answer.get_json()["errors"][0]["parameters"]["known"] == sorted(field.name for field in form)


@pytest.mark.parametrize(
    ("filters", "pointer"),
    [
        pytest.param({"q": ["x"]}, "q", id="a list of texts"),
        pytest.param({"q": True}, "q", id="a truth"),
        pytest.param({"q": "x" * 401}, "q", id="too long"),
        pytest.param({"q": {"a": "b"}}, "q", id="an object"),
        pytest.param({"q": None}, "q", id="null"),
        pytest.param({"state": [["sent"]]}, "state", id="a list in a list"),
        pytest.param({"state": ["sent", None]}, "state", id="null in a list"),
        pytest.param({"counterpart": ["x"] * 100_000}, "counterpart", id="a hundred thousand values"),
        pytest.param({"overdue": "perhaps"}, "overdue", id="neither true nor false"),
        pytest.param({"due_before": 7}, "due_before", id="a number"),
        pytest.param({"due_before": "20260101"}, "due_before", id="a day in the basic form"),
        pytest.param({"id": ["x"]}, "id", id="no id"),
        pytest.param({"colour": "red"}, "colour", id="no such filter"),
    ],
)
def test_a_count_with_a_filter_that_cannot_be_read_is_refused(service: Service, filters: dict[str, Any], pointer: str) -> None:
    answer = service.person(R).call("POST", "/v1/requests/counts", {"counts": [{"name": "x", "filters": filters}]})

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, f"/counts/0/filters/{pointer}")


def test_blanks_around_a_reference_make_no_other_reference(service: Service) -> None:
    person = service.person(R)

    first, second = (person.call("POST", "/v1/requests", {**DRAFT, "own_reference": reference}) for reference in ("BLANK-1", " BLANK-1 "))

    assert (first.status_code, second.status_code, second.get_json()["code"]) == (201, 409, "duplicate_reference")


def test_all_that_is_wrong_is_told_at_once(service: Service) -> None:
    answer = service.person(R).call("POST", "/v1/requests", {**DRAFT, "kind": "letter", "languages": ["Czech"], "subject": 7, "x": 1})

    assert sorted(fault["pointer"] for fault in answer.get_json()["errors"]) == ["/kind", "/languages/0", "/subject", "/x"]


def test_a_fact_of_the_future_or_before_its_cause_is_refused(service: Service, conn: Connection[Any]) -> None:
    person = service.person(R)
    made = person.drafts()
    before = stored(conn)
    now = datetime.now(UTC)

    answers = [
        person.call("POST", f"/v1/requests/{made.id}/moves/send", {"occurred_at": at.isoformat()}, version=1)
        for at in (now + timedelta(minutes=5), now - timedelta(days=1))
    ]

    assert [(answer.status_code, answer.get_json()["code"]) for answer in answers] == [(422, "occurred_in_future"), (422, "occurred_before_cause")]
    assert stored(conn) == before


def test_a_form_that_lacks_what_the_instrument_requires_is_not_sent(service: Service) -> None:
    person = service.person(R)
    made = person.drafts(fields={})

    answer = person.call("POST", f"/v1/requests/{made.id}/moves/send", {}, version=1)

    required = service.shell.instruments.get("COE-030").required_fields("mla")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "form_incomplete")
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [f"/fields/{name}" for name in required]


@pytest.mark.parametrize(
    "query",
    ["state=asleep", "sort=name", "limit=0", "limit=201", "limit=x", "limit=5&limit=6", "colour=red", "overdue=perhaps", "due_before=soon", "cursor=abc",
     "min_version=7", "q=%00", "q=%ff", "q=%ed%a0%80", "due_before=20260101", "due_before=2026-01-01T00:00Z"],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_refused(service: Service, query: str) -> None:
    """API-02, API-04: unknown and doubled parameters too."""
    answer = service.person(R).call("GET", f"/v1/requests?{query}")

    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed")
    assert answer.get_json()["errors"][0]["pointer"] == "?" + query.partition("=")[0]


def test_other_methods_media_types_and_paths_are_refused(service: Service) -> None:
    """API-05, API-06."""
    person = service.person(R)

    method = person.call("PUT", "/v1/requests")
    media = person.call("POST", "/v1/requests", data=b"kind=mla", content_type="application/x-www-form-urlencoded")
    path = person.call("POST", "/v1/requests/01a2058f-c313-7537-9242-dcd3ea2eea3b/moves/burn", {}, version=1)
    hidden = [person.call("GET", f"/v1/{name}").status_code for name in ("authorities/a%00b", "authorities/%ff", "instruments/%00", "%00")]

    assert (method.status_code, set(method.headers["Allow"].split(", "))) == (405, {"GET", "HEAD", "OPTIONS", "POST"})
    assert (media.status_code, media.get_json()["code"]) == (415, "unsupported_media_type")
    assert (path.status_code, path.get_json()["code"]) == (404, "not_found")
    assert hidden == [404] * 4
