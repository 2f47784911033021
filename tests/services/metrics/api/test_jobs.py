"""Reports in the background, over HTTP: ordered once, looked at by their readers only, and the same bytes as the call would have given."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from services.metrics.jobs.working import Worker
from shared.storage.pool import open_pool
from tests.fixtures.postgres import ScratchDatabase
from tests.services.metrics.envelopes import W, follow, headers, reach, request_id
from tests.services.metrics.envelopes import envelope as in_envelope

PATH = "/v1/reports/account/jobs"
YEAR = {"from": "2025-01-01", "to": "2026-01-01"}


@pytest.fixture
def worker(database: ScratchDatabase, given: Connection[Any]) -> Iterator[Worker]:
    with open_pool(database.app, name="test-jobs", max_size=3) as pool:
        yield Worker(pool=pool, stop=threading.Event(), lease=timedelta(seconds=30), longest=timedelta(minutes=5), kept=timedelta(days=30))


def order(client: Any, body: dict[str, Any], key: str = "one", path: str = PATH, authority: str = "de-central", role: str = "head") -> Any:
    return client.post(path, json=body, headers={**headers(authority, role), "Idempotency-Key": key})


def get(client: Any, path: str, authority: str = "de-central", role: str = "head", **more: str) -> Any:
    return client.get(path, headers={**headers(authority, role), **more})


def test_what_was_ordered_is_what_the_call_would_have_given(client: Any, worker: Worker) -> None:
    for ending in ("json", "csv", "xlsx", "pdf"):
        asked = {**YEAR, "as_known_at": "2026-01-31T23:00:00Z", "beside": "2026-10-31T23:00:00Z", "format": ending}
        ordered = order(client, asked, ending)
        assert worker.make_one()
        done = get(client, ordered.headers["Location"]).json
        made = get(client, done["links"]["result"])
        called = client.get("/v1/reports/account", query_string=asked, headers=headers("de-central"))

        assert (ordered.status_code, ordered.json["state"], done["state"], done["progress"]) == (202, "waiting", "done", 1.0)
        assert made.data == called.data
        assert all(made.headers.get(name) == called.headers.get(name) for name in ("Content-Type", "Data-As-Of", "Report-Checksum"))
        assert made.headers["Content-Disposition"].endswith(f'.{ending}"')
        assert done["checksum"] == made.headers["Report-Checksum"]


def test_the_answer_is_that_of_the_moment_of_the_order(client: Any, given: Connection[Any], worker: Worker) -> None:
    ordered = order(client, {**YEAR, "format": "csv"})
    before = client.get("/v1/reports/account", query_string={**YEAR, "format": "csv"}, headers=headers("de-central")).data
    late = {"id": "R08.99", "type": "RequestWithdrawn", "occurred_at": "2025-06-01T00:00:00Z", "recorded_at": "2026-11-02T00:00:00Z"}
    follow(given, [in_envelope(late, request_id("R08"), 14)])
    reach(given, W.replace(day=3))

    assert worker.make_one()

    assert ordered.json["query"]["as_known_at"] == "2026-10-31T23:59:59.999999Z"
    assert get(client, ordered.json["links"]["self"] + "/result").data == before
    assert client.get("/v1/reports/account", query_string={**YEAR, "format": "csv"}, headers=headers("de-central")).data != before


def test_a_result_that_the_reader_has_is_not_sent_again(client: Any, worker: Worker) -> None:
    place = order(client, YEAR).json["links"]["self"] + "/result"
    waiting = get(client, place)
    assert worker.make_one()

    first = get(client, place)
    again = get(client, place, **{"If-None-Match": first.headers["ETag"]})

    assert (waiting.status_code, waiting.json["code"], waiting.json["parameters"]) == (409, "not_done", {"state": "waiting"})
    assert (again.status_code, again.data) == (304, b"")
    assert get(client, place).data == first.data


def test_the_same_key_is_the_same_job(client: Any, given: Connection[Any]) -> None:
    """IDM: a repeated order gives the same job, a changed one is refused."""
    first, again = order(client, YEAR), order(client, YEAR)
    other, changed = order(client, YEAR, key="two"), order(client, {**YEAR, "format": "pdf"})

    assert (again.status_code, again.json, again.headers["Idempotency-Replayed"]) == (202, first.json, "true")
    assert other.json["id"] != first.json["id"]
    assert (changed.status_code, changed.json["code"]) == (422, "idempotency_key_reused")
    assert given.execute("SELECT count(*) FROM report_job").fetchone() == (2,)


def test_a_job_is_for_the_readers_of_its_authority(client: Any, worker: Worker) -> None:
    place = order(client, YEAR).json["links"]["self"]
    assert worker.make_one()

    for path in (place, f"{place}/result"):
        assert get(client, path, "de-central", "head").status_code == 200
        assert get(client, path, "pt-central", "head").status_code == 404
        assert get(client, path, "de-central", "administrator").status_code == 403
        assert client.get(path).status_code == 401
    assert order(client, YEAR, role="administrator").status_code == 403


REFUSED: dict[str, tuple[dict[str, Any], int, str, list[str]]] = {
    "no date": ({"from": "yesterday"}, 422, "validation_failed", ["/from"]),
    "an empty period": ({"from": "2026-01-01", "to": "2026-01-01"}, 422, "validation_failed", ["/to"]),
    "no format": ({"format": "docx"}, 422, "validation_failed", ["/format"]),
    "no text": ({"format": ["pdf"]}, 422, "validation_failed", ["/format"]),
    "neither true nor false": ({"publish": "perhaps"}, 422, "validation_failed", ["/publish"]),
    "a moment without an offset": ({"as_known_at": "2026-01-01T00:00:00"}, 422, "validation_failed", ["/as_known_at"]),
    "beside no moment": ({"beside": "2026-10-01T00:00:00Z"}, 422, "validation_failed", ["/beside"]),
    "an unknown member": ({"colour": "red"}, 422, "validation_failed", ["/colour"]),
    "another authority": ({"authority": "pt-central"}, 403, "not_allowed", []),
    "a moment that has not arrived": ({"as_known_at": "2026-11-01T00:00:00Z"}, 409, "beyond_watermark", []),
    "a later one that has not": ({"as_known_at": "2026-01-01T00:00:00Z", "beside": "2026-11-01T00:00:00Z"}, 409, "beyond_watermark", []),
}


def test_what_cannot_be_made_is_refused_before_it_is_a_job(client: Any, given: Connection[Any]) -> None:
    answers = {name: order(client, body, key=str(place)) for place, (name, (body, _, _, _)) in enumerate(REFUSED.items())}

    found = {name: (answer.status_code, answer.json["code"], [fault["pointer"] for fault in answer.json["errors"]]) for name, answer in answers.items()}
    assert found == {name: (status, code, pointers) for name, (_, status, code, pointers) in REFUSED.items()}
    assert given.execute("SELECT count(*) FROM report_job").fetchone() == (0,)


def test_neither_a_report_nor_a_job_that_does_not_exist_is_found(client: Any, given: Connection[Any]) -> None:
    assert order(client, YEAR, path="/v1/reports/balance/jobs").json["code"] == "not_found"
    assert get(client, "/v1/jobs/00000000-0000-0000-0000-000000000001").status_code == 404
    assert client.post(PATH, json=YEAR, headers=headers("de-central")).json["code"] == "idempotency_key_required"


def test_one_authority_cannot_order_without_end(client: Any, given: Connection[Any]) -> None:
    answers = [order(client, YEAR, key=str(number)) for number in range(21)]

    assert [answer.status_code for answer in answers] == [202] * 20 + [429]
    assert "Retry-After" in answers[-1].headers
    assert order(client, YEAR, key="0").status_code == 202


def test_a_failed_job_says_why_and_has_no_result(client: Any, worker: Worker) -> None:
    """The period ends before the year of the moment of knowledge began, which only the worker finds out."""
    place = order(client, {"to": "2020-01-01"}).json["links"]["self"]
    assert worker.make_one()

    failed, result = get(client, place).json, get(client, f"{place}/result")

    assert (failed["state"], failed["problem"]["code"], failed["links"]["result"]) == ("failed", "validation_failed", None)
    assert (result.status_code, result.json["parameters"]) == (409, {"state": "failed"})
