"""The backtest agrees with a naive reading of its definition, on random waits that end, are recorded late, or last."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.answers import Register
from services.metrics.domain.backtest import backtest
from services.metrics.domain.facts import Stream
from services.metrics.domain.stage_waits import Known, known_to
from tests.services.metrics.domain.naive_forecasts import Case, scored
from tests.services.metrics.domain.told import BERLIN, arrived, at, stream

FIRST, MONTH, TODAY = date(2025, 12, 1), date(2026, 3, 1), date(2026, 5, 1)
STATES = ("FR", "PL")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    came = FIRST + timedelta(days=draw(st.integers(0, 89)))
    ended = draw(st.none() | st.integers(0, 70).map(lambda days: came + timedelta(days=days)))
    if ended is None or ended >= TODAY:
        return Case(draw(st.sampled_from(STATES)), came, None, None)
    recorded = min(ended + timedelta(days=draw(st.sampled_from((0, 0, 0, 15)))), TODAY - timedelta(days=1))
    return Case(draw(st.sampled_from(STATES)), came, ended, recorded)


def told(number: int, case: Case) -> Stream:
    sender = {"requesting": {"authority": f"{case.counterpart.lower()}-central", "state": case.counterpart}}
    opening = arrived(case.arrived.isoformat(), **sender)
    if case.ended is None or case.recorded is None:
        return stream(opening, request=f"R{number:03}")
    return stream(
        opening, ("RequestAcknowledged", case.ended.isoformat() + "T09:00:00Z", {"recorded": case.recorded.isoformat() + "T10:00:00Z"}), request=f"R{number:03}"
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(cases(), min_size=25, max_size=60))
def test_a_replayed_month_is_that_of_the_definition(drawn: list[Case]) -> None:
    streams = [told(number, case) for number, case in enumerate(drawn)]
    register = Register(streams, lambda authority, when: BERLIN, at(TODAY.isoformat()), bounded=False)

    def known_at(moment: datetime) -> Known:
        return known_to(register, "de-central", moment)

    whole = backtest(known_at, [MONTH], BERLIN, known_at(at(TODAY.isoformat()))).whole
    count, overtaken, losses = scored(drawn, MONTH, TODAY)

    assert (whole.scored, whole.overtaken) == (count, overtaken)
    assert [sum(own) for own in whole.losses] == pytest.approx([float(loss) for loss in losses], abs=1e-6)
