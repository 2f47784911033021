"""Figures, reports and forecasts over HTTP are those of the given set, bounded by the watermark, and the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import Connection

from services.metrics.api.schemas import FiguresSchema
from tests.services.metrics.envelopes import W, follow, follow_given, headers, reach, request_id
from tests.services.metrics.envelopes import envelope as in_envelope
from tests.services.metrics.given_set import differences, expected

PATH = "/v1/figures"
YEAR = {"from": "2025-01-01", "to": "2026-01-01"}


@pytest.fixture
def given(conn: Connection[Any]) -> Connection[Any]:
    follow_given(conn)
    return conn


def with_wire_ids(answer: dict[str, Any]) -> dict[str, Any]:
    corrections = [{**line, "request": request_id(line["request"])} for line in answer["corrections"]]
    return {**answer, "corrections": corrections}


def test_the_figures_of_the_rows_are_those_of_the_given_set(client: Any, given: Connection[Any]) -> None:
    for run in expected()["runs"]:
        answer = client.get(PATH, query_string=run["query"], headers=headers(run["query"]["authority"]))

        assert answer.status_code == 200, answer.json
        assert differences(answer.json, with_wire_ids(run["equals"])) == [], run["query"]
        assert answer.headers["Data-As-Of"] == answer.json["as_known_at"]


def test_a_report_as_csv_is_the_expected_table_to_the_byte(client: Any, given: Connection[Any]) -> None:
    for entry in expected()["reports"]:
        query = {name: value for name, value in entry["query"].items() if name != "name"}
        answer = client.get(f"/v1/reports/{entry['query']['name']}", query_string={**query, "format": "csv"}, headers=headers(query["authority"]))

        assert answer.content_type.startswith("text/csv")
        assert answer.data.decode() == entry["csv"]


def test_a_report_as_json_says_who_asks_for_each_column(client: Any, given: Connection[Any]) -> None:
    answer = client.get("/v1/reports/cepej", query_string=YEAR, headers=headers("de-central")).json

    assert answer["report"] == "cepej"
    assert answer["columns"] == list(answer["asked_by"])
    assert answer["asked_by"]["clearance_rate"] == "CEPEJ"
    assert {len(row) for row in answer["rows"]} == {len(answer["columns"])}
    assert answer["query"]["as_known_at"] == "2026-10-31T23:59:59.999999Z"
    assert answer["notes"][0] == "Authority: de-central."


def test_a_forecast_says_too_few_with_the_number_behind_it(client: Any, given: Connection[Any]) -> None:
    for wanted in expected()["forecasts"][0]["equals"]:
        query = {"as_known_at": expected()["forecasts"][0]["query"]["as_known_at"]}
        answer = client.get(f"/v1/forecasts/{request_id(wanted['request'])}", query_string=query, headers=headers("de-central"))

        assert differences(answer.json, {**wanted, "request": request_id(wanted["request"])}) == []


def test_a_forecast_of_a_request_that_ended_says_that_it_is_not_open(client: Any, given: Connection[Any]) -> None:
    assert client.get(f"/v1/forecasts/{request_id('R01')}", headers=headers("de-central")).json["reason"] == "not_open"


@pytest.mark.parametrize(("request_name", "role", "status"), [("R38", "head", 404), ("R01", "administrator", 403)])
def test_a_forecast_is_for_the_sides_of_the_request_only(client: Any, given: Connection[Any], request_name: str, role: str, status: int) -> None:
    assert client.get(f"/v1/forecasts/{request_id(request_name)}", headers=headers("de-central", role)).status_code == status


def test_without_a_moment_the_answer_is_of_the_last_microsecond_before_the_watermark(client: Any, given: Connection[Any]) -> None:
    answer = client.get(PATH, query_string=YEAR, headers=headers("de-central")).json

    assert answer["as_known_at"] == "2026-10-31T23:59:59.999999Z"
    assert answer["definitions"] == "figures-1"


@pytest.mark.parametrize("member", ["as_known_at", "compared_with"])
def test_what_lies_beyond_the_watermark_is_refused_until_it_has_arrived(client: Any, given: Connection[Any], member: str) -> None:
    query = {**YEAR, member: "2026-11-01T00:00:00Z"}
    refused = client.get(PATH, query_string=query, headers=headers("de-central"))
    reach(given, W.replace(hour=1))
    answered = client.get(PATH, query_string=query, headers=headers("de-central"))

    assert (refused.status_code, refused.json["code"], refused.headers["Retry-After"]) == (409, "beyond_watermark", "2")
    assert refused.json["parameters"]["latest"] == "2026-10-31T23:59:59.999999Z"
    assert answered.status_code == 200


def test_before_anything_is_known_there_are_no_figures(client: Any, given: Connection[Any]) -> None:
    given.execute("DELETE FROM watermark")

    answer = client.get(PATH, headers=headers("de-central"))

    assert (answer.status_code, answer.json["code"]) == (503, "temporarily_unavailable")


def test_facts_that_arrive_later_change_no_byte_of_what_was_known(client: Any, given: Connection[Any]) -> None:
    query = {**YEAR, "as_known_at": "2026-10-31T23:00:00Z"}
    before = client.get(PATH, query_string=query, headers=headers("de-central")).data
    late = {"id": "R08.99", "type": "RequestWithdrawn", "occurred_at": "2025-06-01T00:00:00Z", "recorded_at": "2026-11-02T00:00:00Z"}
    follow(given, [in_envelope(late, request_id("R08"), 14)])
    reach(given, W.replace(day=3))

    after = client.get(PATH, query_string=query, headers=headers("de-central")).data
    now = client.get(PATH, query_string=YEAR, headers=headers("de-central")).data

    assert after == before
    assert now != before


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        pytest.param({"from": "yesterday"}, "?from", id="no date"),
        pytest.param({"to": "0001-01-01"}, "?to", id="a date before all requests"),
        pytest.param({"as_known_at": "2026-01-01T00:00:00"}, "?as_known_at", id="a moment without an offset"),
        pytest.param({"group_by": "person"}, "?group_by", id="a dimension that does not exist"),
        pytest.param({"group_by": "kind,stage,month"}, "?group_by", id="three dimensions"),
        pytest.param({"from": "2026-01-01", "to": "2026-01-01"}, "?to", id="an empty period"),
        pytest.param({"publish": "perhaps"}, "?publish", id="neither true nor false"),
        pytest.param({"publish": "true", "group_by": "kind,stage"}, "?group_by", id="two dimensions in what is published"),
        pytest.param({"publish": "true", "months": "true"}, "?months", id="months in what is published"),
        pytest.param({"publish": "true", "overdue": "true"}, "?overdue", id="ages of what is overdue in what is published"),
        pytest.param({"publish": "true", "curve": "to_return"}, "?curve", id="a curve in what is published"),
        pytest.param({"publish": "true", "kind": "eio"}, "?kind", id="a second breakdown, by way of a filter, in what is published"),
        pytest.param({"curve": "to_nowhere"}, "?curve", id="a duration that does not exist"),
        pytest.param({"colour": "red"}, "?colour", id="an unknown parameter"),
    ],
)
def test_a_question_that_cannot_be_read_names_the_parameter(client: Any, given: Connection[Any], query: dict[str, str], pointer: str) -> None:
    answer = client.get(PATH, query_string=query, headers=headers("de-central"))

    assert (answer.status_code, answer.json["code"]) == (400, "malformed")
    assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer]


def test_an_authority_sees_its_own_figures_only(client: Any, given: Connection[Any]) -> None:
    answer = client.get(PATH, query_string={"authority": "pt-central"}, headers=headers("de-central"))

    assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")
    assert client.get(PATH).status_code == 401
    assert client.get("/v1/reports/nothing", headers=headers("de-central")).json["code"] == "not_found"


def test_what_stands_may_be_grouped_by_two_dimensions(client: Any, given: Connection[Any]) -> None:
    query = {**YEAR, "as_known_at": "2026-10-31T23:00:00Z"}
    by_two = client.get(PATH, query_string={**query, "group_by": "counterpart,stage"}, headers=headers("de-central")).json["groups"]
    by_kind = client.get(PATH, query_string=query, headers=headers("de-central")).json["groups"]

    for direction in ("incoming", "outgoing"):
        total, *cells = [group for group in by_two if group["direction"] == direction]
        whole = next(group for group in by_kind if group["direction"] == direction and group["kind"] is None)
        assert total.keys() == {"direction", "counterpart", "stage", "limits", "now", "ageing"}
        assert (total["now"], total["ageing"], total["limits"]) == (whole["now"], whole["ageing"], whole["limits"])
        for band, count in total["ageing"].items():
            assert count == sum(cell["ageing"][band] for cell in cells)


def test_curve_points_months_and_overdue_come_on_demand(client: Any, given: Connection[Any]) -> None:
    query = {**YEAR, "as_known_at": "2026-10-31T23:00:00Z", "curve": "to_return", "months": "true", "overdue": "true"}
    group = client.get(PATH, query_string=query, headers=headers("de-central")).json["groups"][0]

    points = group["durations"]["to_return"]["gross"]["km"]["points"]
    assert points[0].keys() == {"t", "s", "low", "high", "at_risk", "censored"}
    assert points[0]["at_risk"] == group["durations"]["to_return"]["n"]
    assert len(group["months"]) == 12
    assert sum(month["new"] for month in group["months"]) == group["account"]["new"]
    assert group["months"][-1]["continuing"] == group["account"]["continuing"]
    assert sum(group["ageing_overdue"].values()) <= sum(group["ageing"].values())


def test_what_is_published_hides_small_numbers_and_names_no_request(client: Any, given: Connection[Any]) -> None:
    query = {**YEAR, "as_known_at": "2026-10-31T23:00:00Z", "publish": "true", "group_by": "counterpart"}
    answer = client.get(PATH, query_string=query, headers=headers("de-central")).json

    new = {group["counterpart"]: group["account"]["new"] for group in answer["groups"] if group["direction"] == "incoming"}
    assert new.pop(None) == 18
    assert set(new.values()) <= {None, 0}
    assert answer["corrections"] == []


@pytest.mark.parametrize("dimension", ["kind", "instrument", "counterpart", "holder", "stage", "month"])
def test_no_count_of_one_to_nine_is_published(client: Any, given: Connection[Any], dimension: str) -> None:
    query = {**YEAR, "as_known_at": "2026-10-31T23:00:00Z", "publish": "true", "group_by": dimension}
    answer = client.get(PATH, query_string=query, headers=headers("de-central")).json

    blocks = ("account", "activity", "measures", "persons", "cases", "limits", "now", "ageing", "escalations")
    counted = [answer["excluded"], *(group[block] for group in answer["groups"] for block in blocks if block in group)]
    few = [count for block in counted for count in _whole_numbers(block) if 0 < abs(count) < 10]
    assert answer["groups"]
    assert few == []


def _whole_numbers(value: Any) -> Iterator[int]:
    if isinstance(value, int) and not isinstance(value, bool):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _whole_numbers(inner)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"months": "true", "overdue": "true", "curve": "to_return"}, id="with all that may be asked besides"),
        pytest.param({"group_by": "counterpart,stage"}, id="by two dimensions"),
        pytest.param({"group_by": "holder"}, id="by holder"),
        pytest.param({"group_by": "month"}, id="by month"),
        pytest.param({"publish": "true"}, id="published"),
    ],
)
def test_an_answer_has_no_member_that_the_document_does_not_name(client: Any, given: Connection[Any], more: dict[str, str]) -> None:
    answer = client.get(PATH, query_string={**YEAR, "as_known_at": "2026-10-31T23:00:00Z", **more}, headers=headers("de-central")).json

    assert answer["groups"]
    assert FiguresSchema().validate(answer) == {}


def test_the_document_describes_every_path(client: Any, given: Connection[Any]) -> None:
    paths = client.get("/openapi.json").json["paths"]

    assert {"/v1/figures", "/v1/reports", "/v1/reports/{name}", "/v1/forecasts/{request_id}"} <= paths.keys()
    assert client.get("/docs").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_ready_says_how_far_the_facts_have_arrived(client: Any, given: Connection[Any]) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json["checks"]["watermarks"]["mla.requests"] == "2026-11-01T00:00:00Z"
