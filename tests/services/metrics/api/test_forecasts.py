"""A forecast says what its kind was found to be worth, and shows no dates where the past spoke against it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import Connection

from services.metrics.backtests.queries import Proof, keep_proofs
from tests.services.metrics.api.waiting_set import WAITING, lines
from tests.services.metrics.envelopes import follow_given, headers, request_id

PATH = f"/v1/forecasts/{request_id(WAITING)}"
FIGURES = {"scored": 240, "coverage_50": 0.51, "coverage_80": 0.79, "loss": 4.0, "closed_only_loss": 5.0, "unconditional_loss": 6.0}
SEPTEMBER, OCTOBER = datetime(2026, 9, 30, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)


def proof(verdict: str, known_at: datetime = OCTOBER, direction: str = "incoming", stage: str = "acknowledge") -> Proof:
    return Proof(direction, stage, known_at, verdict, FIGURES)


def forecast(client: Any, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(PATH, query_string=query, headers=headers("de-central")).json
    return found


@pytest.fixture
def given(conn: Connection[Any]) -> Connection[Any]:
    follow_given(conn, lines())
    return conn


def test_without_a_backtest_the_dates_are_shown_and_nothing_is_said_of_their_worth(client: Any, given: Connection[Any]) -> None:
    found = forecast(client)

    assert (found["reason"], found["expected"] is None, found["proof"]) == (None, False, None)


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        pytest.param([proof("proven")], None, id="it stood the test"),
        pytest.param([proof("too_few")], None, id="too few could be scored"),
        pytest.param([proof("failed")], "not_proven", id="it did not stand the test"),
        pytest.param([proof("failed", SEPTEMBER), proof("proven")], None, id="the last proof counts"),
        pytest.param([proof("proven", SEPTEMBER), proof("failed")], "not_proven", id="the last proof counts, for worse"),
    ],
)
def test_dates_are_shown_unless_the_last_proof_speaks_against_them(client: Any, given: Connection[Any], kept: list[Proof], reason: str | None) -> None:
    keep_proofs(given, "de-central", kept)

    found = forecast(client)

    assert (found["reason"], found["expected"] is None, found["range_80"] is None) == (reason, reason is not None, reason is not None)
    assert found["proof"] == {"verdict": kept[-1].verdict, "as_known_at": "2026-10-30T00:00:00Z", **FIGURES}
    assert (found["n"], found["basis"]) == (41, ["counterpart", "instrument", "stage"])


def test_a_proof_of_another_stage_or_direction_or_of_later_says_nothing(client: Any, given: Connection[Any]) -> None:
    keep_proofs(
        given, "de-central", [proof("failed", direction="outgoing"), proof("failed", stage="decide"), proof("failed", datetime(2026, 12, 1, tzinfo=UTC))]
    )
    keep_proofs(given, "fr-central", [proof("failed")])

    assert forecast(client)["proof"] is None


def test_a_past_answer_goes_by_the_proof_of_its_day(client: Any, given: Connection[Any]) -> None:
    keep_proofs(given, "de-central", [proof("failed")])

    assert forecast(client, as_known_at="2026-10-29T00:00:00Z")["reason"] is None
    assert forecast(client, as_known_at="2026-10-31T00:00:00Z")["reason"] == "not_proven"


def test_warnings_from_a_forecast_that_failed_are_withheld(client: Any, given: Connection[Any]) -> None:
    keep_proofs(given, "de-central", [proof("failed")])

    found = client.get("/v1/early-warnings", headers=headers("de-central")).json

    assert (found["withheld"], found["count"]) == (1, 0)
