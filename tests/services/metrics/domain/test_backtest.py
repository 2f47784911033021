"""The past is replayed as it was known then, and scored by what is known today: figures-1, section 8, "Proof"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.metrics.domain.answers import Register
from services.metrics.domain.backtest import Backtest, Tally, backtest, replayed
from services.metrics.domain.facts import Stream
from services.metrics.domain.stage_waits import Known, known_to
from tests.services.metrics.domain.told import BERLIN, Told, arrived, at, stream

MARCH = date(2026, 3, 1)
ARRIVED = date(2026, 2, 19)
JUNE = at("2026-06-01")
POLAND: dict[str, Any] = {"requesting": {"authority": "de-central", "state": "DE"}, "requested": {"authority": "pl-central", "state": "PL"}}


def after(days: int, since: date = ARRIVED) -> str:
    return (since + timedelta(days=days)).isoformat()


def acknowledged(request: str, since: str, days: int, *more: Told) -> Stream:
    return stream(arrived(since), ("RequestAcknowledged", after(days, date.fromisoformat(since)), {}), *more, request=request)


def replay(streams: Sequence[Stream], today: datetime = JUNE) -> Backtest:
    register = Register(streams, lambda authority, when: BERLIN, today, bounded=False)

    def known_at(moment: datetime) -> Known:
        return known_to(register, "de-central", moment)

    return backtest(known_at, [MARCH], BERLIN, known_at(today))


LIKE_IT = [acknowledged(f"R{days:02}", "2026-01-01", days) for days in range(1, 41)]


def test_a_month_replayed_by_hand() -> None:
    """Forty were acknowledged after 1, 2 … 40 days. On 1 March A, B, C and D have waited ten days, so 34/35 · (40 - t)/30 still wait on day t > 10.

    Forecast 13, 17, 25, 33, 37. Closed only (1 + 39 q): 4.9, 10.75, 20.5, 30.25, 36.1, raised to 10. Unconditional: 5, 11, 21, 31, 37, raised to 10.
    A came on day 25; B waits still on day 102; the forty wait for a decision, of which there is none yet.
    C had been acknowledged on day 6, recorded later. D was found to be a duplicate. Nothing is like E.
    Loss of A: 6.4, 9.735, 9.7; of B: 178.9, 185.885, 184.2, each over five quantiles; of two forecasts and five quantiles the tenth part.
    """
    late = ("RequestAcknowledged", after(6), {"recorded": "2026-03-10"})
    found = replay(
        [
            *LIKE_IT,
            acknowledged("A", after(0), 25),
            stream(arrived(after(0)), request="B"),
            stream(arrived(after(0)), late, request="C"),
            stream(arrived(after(0)), ("RequestClosed", "2026-04-01", {"reason": "duplicate"}), request="D"),
            stream(arrived(after(0), **POLAND), request="E"),
        ]
    ).as_json()

    by_place = {(line["direction"], line["stage"]): line for line in found["stages"]}
    assert by_place.keys() == {("incoming", "acknowledge"), ("incoming", "decide"), ("outgoing", "acknowledge")}
    incoming, outgoing = by_place["incoming", "acknowledge"], by_place["outgoing", "acknowledge"]
    assert [incoming[name] for name in ("scored", "skipped", "overtaken", "gone")] == [2, 0, 1, 1]
    assert [outgoing[name] for name in ("scored", "skipped", "overtaken", "gone")] == [0, 1, 0, 0]
    assert (incoming["ranges_50"], incoming["coverage_50"], incoming["ranges_80"], incoming["coverage_80"]) == (2, 0.5, 2, 0.5)
    assert [incoming["pinball"][name]["mean"] for name in ("model", "closed_only", "unconditional")] == [18.53, 19.562, 19.39]
    assert incoming["pinball"]["model"] == {"0.1": 5.05, "0.25": 11.625, "0.5": 19.25, "0.75": 26.875, "0.9": 29.85, "mean": 18.53}
    assert (incoming["verdict"], found["all"]["scored"], found["all"]["skipped"], found["months"]) == ("too_few", 2, 41, ["2026-03"])


def test_what_is_recorded_after_the_month_does_not_help_its_forecast() -> None:
    """Twenty of 34 were recorded in April only. With 14 that ended and one that waits there are too few for a forecast in March."""
    recorded_late = [
        stream(
            arrived("2026-01-01", recorded="2026-04-01"), ("RequestAcknowledged", after(days, date(2026, 1, 1)), {"recorded": "2026-04-02"}), request=f"L{days}"
        )
        for days in range(1, 21)
    ]
    known_then = [acknowledged(f"R{days:02}", "2026-01-01", days) for days in range(1, 15)]

    found = replay([*known_then, *recorded_late, acknowledged("A", after(0), 25)]).as_json()

    assert (found["all"]["scored"], found["stages"][0]["stage"], found["stages"][0]["skipped"]) == (0, "acknowledge", 1)


@pytest.mark.parametrize(
    ("quantiles", "truth", "horizon", "expected"),
    [
        pytest.param((1, 2, 3, 4, 5), 3, 100, ([0, 0], [1, 1], [1, 1]), id="both ranges hold"),
        pytest.param((1, 2, 3, 4, 5), 5, 100, ([0, 0], [1, 1], [0, 1]), id="only the wide one holds"),
        pytest.param((1, 2, 3, 4, 5), None, 100, ([0, 0], [1, 1], [0, 0]), id="it has not come yet"),
        pytest.param((1, 2, 3, 4, 50), 3, 20, ([0, 0], [1, 0], [1, 0]), id="the upper end of one is still to come"),
        pytest.param((1, 2, 3, 4, 20), 3, 20, ([0, 0], [1, 0], [1, 0]), id="the upper end is today"),
        pytest.param((1, 2, 3, 4, None), 3, 20, ([0, 1], [1, 0], [1, 0]), id="one without upper end"),
    ],
)
def test_a_range_is_judged_when_its_upper_end_has_passed(quantiles: Any, truth: int | None, horizon: int, expected: Any) -> None:
    tally = Tally()
    tally.score((quantiles, (1, 1, 1, 1, 1), quantiles), truth, horizon)

    assert (tally.unbounded, tally.ranges, tally.inside) == expected


def test_truth_and_forecast_are_cut_at_today() -> None:
    """Horizon 10, still open: truth 10. Forecasts 2, 4, 20 (cut: 10), none (10), none (10): 0.1 · 8, 0.25 · 6, nothing else."""
    tally = Tally()
    tally.score(((2, 4, 20, None, None),) * 3, None, 10)

    assert tally.losses[0] == pytest.approx([0.8, 1.5, 0, 0, 0])


def scored(inside_50: int, inside_80: int, losses: tuple[float, float, float], count: int = 200) -> Tally:
    return Tally(scored=count, ranges=[100, 100], inside=[inside_50, inside_80], losses=[[loss * count] * 5 for loss in losses])


@pytest.mark.parametrize(
    ("tally", "verdict"),
    [
        pytest.param(scored(40, 70, (1, 2, 2)), "proven", id="at the lower ends"),
        pytest.param(scored(60, 90, (1, 2, 2)), "proven", id="at the upper ends"),
        pytest.param(scored(39, 80, (1, 2, 2)), "failed", id="too few of the narrow ranges hold"),
        pytest.param(scored(50, 91, (1, 2, 2)), "failed", id="the wide ranges are too wide"),
        pytest.param(scored(50, 80, (2, 2, 3)), "failed", id="no better than closed requests alone"),
        pytest.param(scored(50, 80, (2, 3, 2)), "failed", id="no better than the plain curve"),
        pytest.param(scored(0, 0, (3, 2, 2), 199), "too_few", id="too few to say"),
    ],
)
def test_a_model_is_proven_when_its_ranges_hold_and_both_others_lose(tally: Tally, verdict: str) -> None:
    assert tally.verdict == verdict


def test_how_well_early_warnings_warn() -> None:
    """Forty were acknowledged after 5, 10 … 200 days; four have waited ten. Past day 50 wait 42/43 · 30/38 = 0.77, past day 150 42/43 · 10/38 = 0.26.

    A, B and C are warned of day 50: A is late, B in time, C on hold. D is not warned of day 150, and late. A and D were running 30 days before.
    """
    slow = [acknowledged(f"R{days:03}", "2025-06-01", days) for days in range(5, 201, 5)]

    def limited(request: str, due: int, *more: Told) -> Stream:
        clock = {"clock": "c", "row": "EIO-ACK", "zone": "Europe/Berlin", "stage": "acknowledgement", "adjusted_due": after(due)}
        return stream(arrived(after(0)), ("ClockStarted", after(0), clock), *more, request=request)

    late = ("ClockMetLate", after(60), {"clock": "c"})
    met = ("ClockMet", after(40), {"clock": "c"})
    held = ("ClockSuspended", after(45), {"clock": "c"})
    found = replay([*slow, limited("A", 50, late), limited("B", 50, met), limited("C", 50, held), limited("D", 150)], at(after(170)))

    told = found.warnings.as_json()
    assert {name: told[name] for name in ("given", "came_true", "kept", "open", "precision")} == {
        "given": 3,
        "came_true": 1,
        "kept": 1,
        "open": 1,
        "precision": 0.5,
    }
    assert {name: told[name] for name in ("missed", "missed_running_before", "missed_warned_before", "recall")} == {
        "missed": 2,
        "missed_running_before": 2,
        "missed_warned_before": 1,
        "recall": 0.5,
    }


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        pytest.param(None, None, ["2026-02", "2026-03"], id="after the first record, before today"),
        pytest.param(date(2025, 12, 1), date(2026, 2, 1), ["2025-12", "2026-01", "2026-02"], id="as asked for, both included"),
        pytest.param(None, date(2026, 2, 1), ["2026-02"], id="up to a month"),
    ],
)
def test_the_months_replayed(first: date | None, last: date | None, expected: list[str]) -> None:
    months = replayed(first, last, earliest=date(2026, 1, 15), today=date(2026, 4, 1))

    assert [month.isoformat()[:7] for month in months] == expected


def test_by_default_three_years_are_replayed() -> None:
    assert len(replayed(None, None, date(2015, 1, 1), date(2026, 4, 2))) == 36
