"""Curves, intervals and competing outcomes equal those of lifelines, ties and empty groups included."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time

from services.metrics.domain.curves import HORIZON, OUTCOME_DAYS, drawn, too_few
from services.metrics.domain.survival import ENOUGH, TOLERANCE, Curve, Wait, conditional_quantile, curve_of
from tests.services.metrics.naive.survival import cumulative_incidence

OUTCOMES = ("closed", "refused", "returned", "withdrawn")
# Few distinct days, so that ties are the rule; long ones too, so that the horizon is passed.
DAYS = st.one_of(st.integers(0, 12), st.integers(0, 800))
WAITS = st.lists(st.tuples(DAYS, st.one_of(st.none(), st.sampled_from(OUTCOMES))), min_size=ENOUGH, max_size=60)
EVERYTHING = settings(max_examples=50, deadline=None)


def waiting(waits: list[Wait]) -> dict[str, Any]:
    own = drawn(waits)
    return too_few(len(waits)) if own is None else own.waiting()[0]


def ways_out(waits: list[Wait]) -> dict[str, Any] | None:
    own = drawn(waits)
    return None if own is None else own.ways_out()[0]


def kaplan_meier(waits: list[Wait]) -> KaplanMeierFitter:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return KaplanMeierFitter().fit([days for days, _ in waits], [outcome is not None for _, outcome in waits])


@given(WAITS)
@EVERYTHING
def test_the_waiting_curve_is_that_of_lifelines(waits: list[Wait]) -> None:
    ours, own, theirs = curve_of(waits), drawn(waits), kaplan_meier(waits)

    assert own is not None
    for day in {day for day, _ in waits}:
        assert own.survival[0, day] == pytest.approx(float(theirs.predict(day)), abs=1e-9)
    for day in {day + step for day, _ in waits for step in (-1, 0, 1) if day + step >= 0}:
        assert ours.at(day) == pytest.approx(float(theirs.predict(day)), abs=1e-9)


@given(WAITS)
@EVERYTHING
def test_the_bands_are_those_of_lifelines_where_both_are_defined(waits: list[Wait]) -> None:
    ours = drawn(waits)
    assert ours is not None
    lower, upper = ours.bands
    theirs = kaplan_meier(waits).confidence_interval_survival_function_

    for day in {day for day, _ in waits}:
        if 0.0 < ours.survival[0, day] < 1.0:
            low, high = theirs.loc[float(day)]
            assert lower[0, day] == pytest.approx(low, abs=1e-9)
            assert upper[0, day] == pytest.approx(high, abs=1e-9)


@given(WAITS)
@EVERYTHING
def test_a_median_is_the_first_day_on_which_the_curve_of_lifelines_has_fallen_to_one_half(waits: list[Wait]) -> None:
    theirs = kaplan_meier(waits).survival_function_.iloc[:, 0]
    days = [day for day, left in theirs.items() if left <= 0.5 + TOLERANCE and day in {days for days, _ in waits}]

    assert waiting(waits)["median"] == (int(min(days)) if days else None)


@given(WAITS)
@EVERYTHING
def test_the_follow_up_is_the_same_estimator_with_the_indicator_turned_round(waits: list[Wait]) -> None:
    turned: list[Wait] = [(days, "censored" if outcome is None else None) for days, outcome in waits]

    assert waiting(waits)["follow_up_median"] == waiting(turned)["median"]


@given(WAITS)
@EVERYTHING
def test_the_restricted_mean_is_that_of_lifelines_on_whole_days(waits: list[Wait]) -> None:
    own = drawn(waits)
    assert own is not None
    (ours,) = own.restricted

    if not math.isnan(ours):
        theirs = restricted_mean_survival_time(kaplan_meier(waits), t=HORIZON)
        assert ours == pytest.approx(float(theirs), abs=1e-6)


@given(WAITS)
@EVERYTHING
def test_outcomes_and_those_still_waiting_are_everybody_at_every_day(waits: list[Wait]) -> None:
    own = drawn(waits)
    assert own is not None

    together = own.survival[0] + sum((shares[0] for _, _, shares in own.incidence()), np.zeros(own.survival.shape[1]))
    assert together == pytest.approx(np.ones(own.survival.shape[1]), abs=1e-12)


@given(st.lists(st.tuples(st.integers(1, 400), st.one_of(st.none(), st.sampled_from(OUTCOMES))), min_size=ENOUGH, max_size=40, unique_by=lambda wait: wait[0]))
@settings(max_examples=25, deadline=None)
def test_the_share_of_each_outcome_is_that_of_lifelines(waits: list[Wait]) -> None:
    """Without ties: lifelines moves tied waits apart at random, we do not."""
    own = drawn(waits)
    assert own is not None

    for outcome, _, shares in own.incidence():
        codes = [0 if found is None else OUTCOMES.index(found) + 1 for _, found in waits]
        fitter = AalenJohansenFitter(calculate_variance=False).fit([days for days, _ in waits], codes, event_of_interest=OUTCOMES.index(outcome) + 1)
        theirs = fitter.cumulative_density_.iloc[:, 0]
        for day in {days for days, _ in waits}:
            assert shares[0, day] == pytest.approx(float(theirs.loc[float(day)]), abs=1e-9)


@pytest.mark.parametrize("waits", [[], [(3, "returned")] * 9, [(3, None)] * 9])
def test_fewer_than_ten_say_nothing_but_their_number(waits: list[Wait]) -> None:
    answer = waiting(waits)

    assert (answer.pop("n"), answer.pop("reason")) == (len(waits), "too_few")
    assert set(answer.values()) == {None}
    assert ways_out(waits) is None


def test_ten_open_ones_have_a_curve_that_never_falls() -> None:
    waits: list[Wait] = [(day, None) for day in range(10)]

    assert waiting(waits)["reason"] == "not_reached"
    assert waiting(waits)["follow_up_median"] == 4
    assert ways_out(waits) == {}


def test_ties_of_endings_and_open_ones_on_one_day_count_the_endings_first() -> None:
    curve = curve_of([(5, "returned"), (5, None), (5, None), (8, "returned")])

    assert curve.at(5) == 0.75
    assert curve.at(8) == 0.0


def test_tied_outcomes_share_the_curve_just_before_their_day() -> None:
    waits: list[Wait] = [(2, "returned"), (2, "refused"), (4, "returned"), (4, None)]

    _, shares = cumulative_incidence(waits)

    assert shares["refused"][-1] == pytest.approx(0.25)
    assert shares["returned"] == pytest.approx([0.25, 0.5])


def test_a_share_beyond_the_last_day_observed_is_not_said() -> None:
    answer = ways_out([(20, "returned")] * 5 + [(40, None)] * 5)

    assert answer is not None
    assert answer["returned"]["at"] == {str(day): value for day, value in zip(OUTCOME_DAYS, (0.0, 0.5, None, None, None, None, None), strict=True)}


@given(WAITS, st.integers(0, 100))
@EVERYTHING
def test_a_conditional_quantile_is_the_first_day_after_the_elapsed_ones(waits: list[Wait], elapsed: int) -> None:
    curve = curve_of(waits)
    found = conditional_quantile(curve, 0.5, elapsed)
    level = 0.5 * curve.at(elapsed - 1) + TOLERANCE

    days = [day for day in range(elapsed, curve.last_day + 1) if curve.at(day) <= level]
    assert found == (days[0] if days else elapsed if curve.at(elapsed) <= level else None)


def test_an_empty_curve_is_one_everywhere() -> None:
    curve = Curve.of([], [])

    assert curve.at(0) == 1.0
    assert conditional_quantile(curve, 0.5, 3) is None
    assert math.isclose(sum(curve.survival), 0.0)
