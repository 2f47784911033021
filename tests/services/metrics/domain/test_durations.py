"""Durations in local days: what starts, what ends, which end wins, and what a hold takes away."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.curves import finished_after
from services.metrics.domain.durations import Cohort
from services.metrics.domain.elements import OUTCOMES
from services.metrics.domain.rounding import rounded, rounded_estimate, share
from services.metrics.domain.waits import EVENTS
from tests.services.metrics.domain.told import BERLIN, Told, arrived, at, period, scope, stream

ARRIVAL = arrived("2025-01-10")
ARREST: Told = ("PersonArrested", "2025-01-05", {"person": "p1"})
GRANT: Told = ("SurrenderDecided", "2025-01-20", {"person": "p1", "outcome": "granted"})


def cohorts(*told: Told) -> dict[str, Cohort]:
    """The waits of one request, as the figures count them."""
    own = scope([stream(*told)], period("2020-01-01", "2028-01-01"))
    found = {name: Cohort.of(own, own.view.waits(name)) for name in EVENTS}
    return {name: cohort for name, cohort in found.items() if len(cohort.gross)}


def waits(*told: Told) -> dict[str, tuple[str | None, int, int]]:
    return {name: (OUTCOMES[one.outcome[-1]] or None, int(one.gross[-1]), int(one.net[-1])) for name, one in cohorts(*told).items()}


@pytest.mark.parametrize(
    ("told", "name", "wait"),
    [
        pytest.param([("RequestAcknowledged", "2025-01-13", {})], "to_acknowledge", ("acknowledged", 3), id="acknowledged"),
        pytest.param([("RequestRefused", "2025-01-13", {})], "to_acknowledge", ("refused", 3), id="refused before the slip"),
        pytest.param([("RequestRefused", "2025-01-13", {})], "to_decide", ("decided", 3), id="refusing is deciding"),
        pytest.param([("ResultsReturned", "2025-01-13", {"final": False})], "to_decide", ("decided", 3), id="a part returned stands for the decision"),
        pytest.param([("RequestWithdrawn", "2025-01-13", {})], "to_decide", ("withdrawn", 3), id="withdrawn"),
        pytest.param([("ResultsReturned", "2025-01-20", {"final": True})], "to_execute", ("executed", 10), id="the return stands for the execution"),
        pytest.param([("ResultsReturned", "2025-01-20", {"final": False})], "to_return", (None, 721), id="a part is no return"),
        pytest.param(
            [("RequestWithdrawn", "2025-01-20T08:00:00Z", {}), ("RequestAcknowledged", "2025-01-20T08:00:00Z", {})],
            "to_acknowledge",
            ("acknowledged", 10),
            id="at the same instant the event wins",
        ),
        pytest.param(
            [("RequestWithdrawn", "2025-01-20", {}), ("RequestReopened", "2025-02-01", {}), ("RequestAcknowledged", "2025-02-03", {})],
            "to_acknowledge",
            ("withdrawn", 10),
            id="a reopening lengthens nothing",
        ),
        pytest.param(
            [("RequestWithdrawn", "2025-01-20", {}), ("RequestReopened", "2025-02-01", {}), ("RequestClosed", "2025-02-03", {"reason": "other"})],
            "reopened_to_end",
            ("closed", 2),
            id="the second episode has its own wait",
        ),
    ],
)
def test_how_a_wait_ends_and_after_how_many_days(told: list[Told], name: str, wait: tuple[str | None, int]) -> None:
    assert waits(ARRIVAL, *told)[name][:2] == wait


@pytest.mark.parametrize(
    ("told", "name", "wait"),
    [
        pytest.param([GRANT], "arrest_to_decision", ("decided", 15), id="from an arrest before the arrival"),
        pytest.param([("PersonReleased", "2025-01-15", {"person": "p1"}), GRANT], "arrest_to_decision", ("released", 10), id="released before the decision"),
        pytest.param([GRANT, ("PersonSurrendered", "2025-01-30", {"person": "p1"})], "decision_to_surrender", ("surrendered", 10), id="surrendered"),
        pytest.param([GRANT, ("PersonReleased", "2025-01-31", {"person": "p1"})], "decision_to_surrender", ("released", 11), id="not handed over"),
        pytest.param([GRANT, ("PersonReleased", "2025-01-31", {"person": "p2"})], "decision_to_surrender", (None, 711), id="another person was released"),
    ],
)
def test_the_waits_of_a_person(told: list[Told], name: str, wait: tuple[str | None, int]) -> None:
    assert waits(ARRIVAL, ARREST, *told)[name][:2] == wait


def test_a_refused_surrender_starts_no_wait_for_it() -> None:
    refused: Told = ("SurrenderDecided", "2025-01-20", {"person": "p1", "outcome": "refused"})

    assert "decision_to_surrender" not in waits(ARRIVAL, ARREST, refused)
    assert "arrest_to_decision" not in waits(ARRIVAL)


@pytest.mark.parametrize(
    ("consents", "given_then"),
    [
        pytest.param([], False, id="none"),
        pytest.param([("ConsentGiven", "2025-01-12", {"person": "p1"})], True, id="given"),
        pytest.param([("ConsentGiven", "2025-01-12", {"person": "p1"}), ("ConsentRevoked", "2025-01-13", {"person": "p1"})], False, id="revoked"),
        pytest.param(
            [("ConsentGiven", "2025-01-12", {"person": "p1"}), ("ConsentRevoked", "2025-01-25", {"person": "p1"})], True, id="revoked after the decision"
        ),
        pytest.param([("ConsentGiven", "2025-01-12", {"person": "p2"})], False, id="of another person"),
    ],
)
def test_consent_is_that_at_the_decision(consents: list[Told], given_then: bool) -> None:
    found = cohorts(ARRIVAL, ARREST, GRANT, *consents)["arrest_to_decision"]

    assert found.consent.tolist() == [given_then]


def hold(name: str, when: str) -> Told:
    return (name, when, {})


@pytest.mark.parametrize(
    ("told", "net"),
    [
        pytest.param([], 31, id="no hold"),
        pytest.param([hold("InformationRequested", "2025-01-15"), hold("InformationSupplied", "2025-01-25")], 21, id="one hold"),
        pytest.param(
            [
                hold("InformationRequested", "2025-01-15"),
                hold("TranslationAwaited", "2025-01-20"),
                hold("InformationSupplied", "2025-01-25"),
                hold("TranslationReceived", "2025-01-30"),
            ],
            16,
            id="two that overlap count once",
        ),
        pytest.param(
            [hold("InformationRequested", "2025-01-15"), hold("InformationRequested", "2025-01-20"), hold("InformationSupplied", "2025-01-25")],
            21,
            id="a second opening does nothing",
        ),
        pytest.param([hold("ConsultationOpened", "2025-01-25")], 15, id="an open hold ends with its episode"),
        pytest.param([hold("InformationSupplied", "2025-01-25")], 31, id="an end without a beginning"),
    ],
)
def test_net_is_gross_less_the_local_days_on_hold(told: list[Told], net: int) -> None:
    assert waits(ARRIVAL, *told, ("ResultsReturned", "2025-02-10", {"final": True}))["to_return"] == ("returned", 31, net)


def test_a_hold_comes_back_with_a_reopening() -> None:
    told = (
        hold("InformationRequested", "2025-01-15"),
        hold("RequestWithdrawn", "2025-01-20"),
        hold("RequestReopened", "2025-02-01"),
        hold("InformationSupplied", "2025-02-11"),
    )

    assert waits(ARRIVAL, *told, ("ResultsReturned", "2025-02-21", {"final": True}))["reopened_to_end"] == ("returned", 20, 10)


def test_days_are_local_and_know_no_summer_time() -> None:
    late_evening, after_the_change = at("2025-03-29T23:30:00Z"), at("2025-03-30T22:30:00Z")  # Sunday 30 March 00:30, Monday 31 March 00:30 in Berlin

    assert BERLIN.between(late_evening, after_the_change) == 1
    assert BERLIN.between(late_evening, late_evening) == 0


@settings(deadline=None)
@given(st.lists(st.integers(0, 2000), min_size=1, max_size=40))
def test_percentiles_are_those_of_numpy_linear(values: list[int]) -> None:
    found = finished_after(values)

    assert found["median"] == pytest.approx(float(np.percentile(values, 50)), abs=0.05 + 1e-9)
    assert found["p90"] == pytest.approx(float(np.percentile(values, 90)), abs=0.05 + 1e-9)


@pytest.mark.parametrize(("values", "mean"), [([0, 0, 0, 1], 0.3), ([1, 2] * 10, 1.5), ([0] * 19 + [1], 0.1), ([0] * 39 + [1], 0.0)])
def test_halves_are_rounded_away_from_zero_from_the_exact_fraction(values: list[int], mean: float) -> None:
    assert finished_after(values)["mean"] == mean


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (rounded(Fraction(-1, 4), 1), -0.3),
        (rounded_estimate(0.1 + 0.2, 1), 0.3),
        (rounded_estimate(3.9499999999999997, 1), 4.0),
        (rounded_estimate(1 / 128, 6), 0.007813),
        (share(1, 32), 0.0313),
        (share(0, 0), None),
    ],
)
def test_rounding(found: Any, wanted: Any) -> None:
    assert found == wanted
