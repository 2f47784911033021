"""The OpenAPI document is valid, says what is served, and its examples work."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema
from openapi_spec_validator import validate

from services.requests.api.examples import CREATE_EXAMPLE, MOVE_EXAMPLES
from services.requests.api.schemas import FactSchema, HistorySchema, MadeSchema, MovesSchema, RequestSchema, RowsSchema, VerificationSchema
from services.requests.domain.moves.table import MOVES
from tests.services.requests.calling import E, Made, Person, R, Service, X
from tests.services.requests.following import follow

BEFORE: dict[str, tuple[str, ...]] = {
    "amend": (),
    "transmit_again": ("send",),
    "send_back": ("send",),
    "acknowledge": ("send",),
    "forward": ("send", "acknowledge"),
    "request_information": ("send", "acknowledge"),
    "supply_information": ("send", "acknowledge", "request_information"),
    "resume": ("send", "acknowledge", "postpone"),
    "conclude_consultation": ("send", "acknowledge", "open_consultation"),
    "receive_translation": ("send", "acknowledge", "await_translation"),
    "confirm_receipt": ("send", "acknowledge", "return"),
    "give_feedback": ("send", "acknowledge", "return"),
    "reopen": ("send", "withdraw"),
    "send": (),
}
"""Which examples come before; else the request is sent and acknowledged."""


@pytest.fixture
def document(service: Service) -> Any:
    return service.app.test_client().get("/openapi.json").get_json()


def test_the_document_is_valid_openapi_3_1_and_names_every_path(service: Service, document: Any) -> None:
    """API-07."""
    validate(document)

    served = {str(rule).replace("<uuid:", "{").replace("<", "{").replace(">", "}") for rule in service.app.url_map.iter_rules()}
    assert document["openapi"].startswith("3.1.")
    assert set(document["paths"]) == served - {"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"}
    assert {f"/v1/requests/{{request_id}}/moves/{move}" for move in MOVES} <= set(document["paths"])


def test_every_operation_has_a_name_of_its_own_a_summary_and_problem_answers(document: Any) -> None:
    operations = [operation for path in document["paths"].values() for name, operation in path.items() if name in {"get", "post", "put", "delete"}]
    names = [operation["operationId"] for operation in operations]

    assert len(set(names)) == len(names)
    for operation in operations:
        assert operation["summary"]
        assert "application/problem+json" in operation["responses"]["401"]["content"]


def test_the_docs_page_shows_it_without_a_script_or_another_origin(service: Service) -> None:
    page = service.app.test_client().get("/docs")

    assert "POST /v1/requests/{request_id}/moves/acknowledge" in page.text
    assert "<script" not in page.text
    assert "https://" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")


def in_place(service: Service) -> None:
    """The authorities that the examples name."""
    service.knows("cz-central", "CZ")
    service.knows("cz-prague", "CZ")


def prepared(service: Service, move: str) -> tuple[Person, Person, Made]:
    requesting, requested = service.person(R), service.person("cz-central")
    kind, instrument = CREATE_EXAMPLE["kind"], CREATE_EXAMPLE["instrument"]
    fields = dict.fromkeys(service.shell.instruments.get(instrument).required_fields(kind), "words")
    answer = requesting.call("POST", "/v1/requests", {**CREATE_EXAMPLE, "fields": fields, "own_reference": f"{move} 1/26"})
    assert answer.status_code == 201, answer.text
    made = Made(answer.get_json()["id"], 1)
    for earlier in BEFORE.get(move, ("send", "acknowledge")):
        (requesting if "requesting" in MOVES[earlier].sides else requested).moves(earlier, made, **MOVE_EXAMPLES[earlier])
    return requesting, requested, made


@pytest.mark.parametrize("move", sorted(MOVE_EXAMPLES))
def test_the_example_of_a_move_can_be_made(service: Service, move: str) -> None:
    in_place(service)
    requesting, requested, made = prepared(service, move)
    person = requesting if "requesting" in MOVES[move].sides else requested

    answer = person.moves(move, made, **MOVE_EXAMPLES[move])

    assert answer["facts"][0]["type"] == MOVES[move].fact.__name__


@pytest.mark.parametrize("operation", ["createRequest", "countRequests", "registerAuthority", "issueKey"])
def test_the_example_of_another_body_works(service: Service, document: Any, operation: str) -> None:
    in_place(service)
    path, told = next((path, item["post"]) for path, item in document["paths"].items() if item.get("post", {}).get("operationId") == operation)
    body = told["requestBody"]["content"]["application/json"]["example"]
    role = "administrator" if "authorities" in path else "desk"

    answer = service.person(R, role).call("POST", path.replace("{authority_id}", E), body)

    assert str(answer.status_code) in told["responses"]
    assert answer.status_code < 300, answer.text


def test_answers_have_the_shape_that_the_document_promises(service: Service, conn: Any) -> None:
    """API-01: each documented member is there and has its type."""
    person = service.person(R)
    made = person.sends()
    follow(service, conn)
    path = f"/v1/requests/{made.id}"
    answer = person.call("POST", f"{path}/moves/transmit_again", {"channel": "post"}, version=2).get_json()

    shapes: list[tuple[type[Schema], Any]] = [
        (RequestSchema, person.get(path)),
        (MadeSchema, answer),
        (HistorySchema, person.get(f"{path}/history")),
        (MovesSchema, person.get(f"{path}/moves")),
        (VerificationSchema, person.get(f"{path}/verification")),
        (RowsSchema, person.get("/v1/requests?count=true")),
        (FactSchema, person.get(f"{path}/history")["facts"][0]),
    ]
    for schema, told in shapes:
        assert schema().validate(told) == {}, schema.__name__


def test_registering_what_came_in_with_its_history_is_one_command(service: Service) -> None:
    """D-24."""
    body = {
        "direction": "incoming",
        "kind": "mla",
        "instrument": "COE-030",
        "from": X,
        "counterpart_reference": "X 9/26",
        "occurred_at": "2026-01-05T09:00:00Z",
        "history": [
            {"move": "acknowledge", "occurred_at": "2026-01-06T09:00:00Z", "members": {"reference": "E-1"}},
            {"move": "ask_status", "occurred_at": "2026-02-06T09:00:00Z", "members": {"channel": "email"}},
        ],
    }

    answer = service.person(R).call("POST", "/v1/requests", body)

    told = answer.get_json()
    assert answer.status_code == 201, answer.text
    moves = [(fact["type"], fact["by"], fact["on_behalf_of"]) for fact in told["facts"] if not fact["type"].startswith("Clock")]
    assert moves == [("RequestRegistered", R, None), ("RequestAcknowledged", R, None), ("StatusAsked", R, X)]
    assert (told["state"], told["direction"], told["arrived_at"]) == ("acknowledged", "incoming", "2026-01-05T09:00:00Z")
