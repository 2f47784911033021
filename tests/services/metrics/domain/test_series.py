"""What requests add to the series, one by one, is what all of them say at once; and counters never fall."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.elements import NEVER, micros, moment_of
from services.metrics.domain.facts import Stream
from services.metrics.domain.localdays import local_days
from services.metrics.domain.panel import Panel
from services.metrics.domain.series import CLOSED, ESCALATED, RECEIVED, TURNAROUND, TURNAROUND_MICROS, Counted, Tally, counted
from services.metrics.domain.standing import Gauges, gauges, quantiles, standing
from services.metrics.domain.weave import woven
from services.metrics.domain.words import Words
from shared.facts.members import moment as moment_text
from tests.services.metrics.domain.histories import FIRST, LAST, MOVES, ZONES, histories, parsed, registers
from tests.services.metrics.domain.standing_rows import flows, groups, runs, waiting
from tests.services.metrics.naive import series as naive

MEMBERS = st.sets(st.sampled_from(sorted(ZONES)))
MOMENTS = st.integers(1, 60 * 24 * 400).map(lambda minutes: LAST + timedelta(minutes=minutes))
"""After everything was recorded: then what has arrived is what is known."""


def totals(streams: list[Stream], members: set[str]) -> Counter[Tally]:
    found: Counter[Tally] = Counter()
    for one in filter(None, map(counted, streams)):
        for tally, amount in one.tallies().items():
            if tally.authority in {"", *members}:
                found[tally._replace(authority="")] += amount
    return found


@given(registers(), MEMBERS)
@settings(max_examples=60, deadline=None)
def test_counters_of_each_request_add_up_to_those_of_all(lines: list[dict[str, Any]], members: set[str]) -> None:
    streams = parsed(lines)
    found, wanted = totals(streams, members), naive.counted(streams, {name: local_days(ZONES[name]) for name in members})

    assert {key[2:4]: n for key, n in found.items() if key.series == RECEIVED} == dict(wanted.received)
    assert {key[2:]: n for key, n in found.items() if key.series == CLOSED} == dict(wanted.closed)
    assert {key.value: n for key, n in found.items() if key.series == ESCALATED} == dict(wanted.escalations)
    assert {key.kind: n / 1_000_000 for key, n in found.items() if key.series == TURNAROUND_MICROS and n} == pytest.approx(
        {kind: sum(seconds) for kind, seconds in wanted.turnaround.items() if sum(seconds)}
    )
    for kind, seconds in wanted.turnaround.items():
        below = sum(n for key, n in found.items() if key.series == TURNAROUND and key.kind == kind and float(key.value) <= 30 * 86_400)
        assert below == sum(value <= 30 * 86_400 for value in seconds)


@given(histories("R1"))
@settings(max_examples=60, deadline=None)
def test_no_counter_falls_as_more_is_recorded_or_while_facts_come_in_again(line: dict[str, Any]) -> None:
    (stream,) = parsed([line])
    prefixes = [counted(Stream(stream.request, stream.facts[:length])) for length in range(1, len(stream.facts) + 1)]
    known = [one for one in prefixes if one is not None]

    assert all(not earlier.tallies() - later.tallies() for earlier, later in pairwise(known))
    assert all(one.never_less(known[-1]) == known[-1] and known[-1].never_less(one) == known[-1] for one in known)


def test_an_escalation_that_comes_before_its_request_is_counted_once() -> None:
    first = Counted("R1", levels=("1",))
    again = Counted("R1", "de-central", "pt-central", "eio", arrived=True)

    assert again.never_less(first).tallies()[Tally(ESCALATED, value="1")] == 1
    assert again.never_less(first).tallies()[Tally(RECEIVED, "pt-central", "incoming", "eio")] == 1


def stands(streams: list[Stream], members: set[str], known_at: datetime) -> Gauges:
    words = Words()
    rows = [row for row in (standing(stream.request, woven(stream, words), words) for stream in streams) if row is not None]
    return gauges(groups(rows, micros(known_at)), runs(rows, micros(known_at), members), flows(rows), members)


CLOCKS = [move for move in MOVES if move[0].startswith("Clock")]
OTHERS = [move for move in MOVES if move[0] in ("RequestAcknowledged", "DecisionTaken", "ResultsReturned", "RequestReopened", "RequestRefused")]


@st.composite
def with_clocks(draw: st.DrawFn, request: str = "R1") -> dict[str, Any]:
    """A request that arrived at once, whose clocks start, move, rest and end, and that may end and come back."""
    sides = dict(zip(("requesting", "requested"), ({"authority": side} for side in draw(st.permutations(sorted(ZONES)))), strict=False))
    moves = [("RequestRegistered", {"kind": draw(st.sampled_from(("eio", "mla"))), **sides}), CLOCKS[0]]
    moves += draw(st.lists(st.sampled_from([*CLOCKS, *CLOCKS, *OTHERS]), max_size=6))
    at, facts = FIRST + timedelta(days=draw(st.integers(0, 300))), []
    for place, (name, members) in enumerate(moves):
        at += timedelta(days=draw(st.integers(1, 60)))
        facts.append({"id": f"{request}.{place}", "type": name, "occurred_at": moment_text(at), "recorded_at": moment_text(at), **members})
    return {"request": request, "facts": facts}


@given(registers() | with_clocks().map(lambda line: [line]), MEMBERS, MOMENTS)
@settings(max_examples=80, deadline=None)
def test_gauges_from_rows_are_what_a_panel_shows_each_member(lines: list[dict[str, Any]], members: set[str], known_at: datetime) -> None:
    streams = parsed(lines)
    found, wanted = (
        stands(streams, members, known_at),
        naive.standing(Panel.of(streams), {name: local_days(ZONES[name]) for name in members}, known_at),
    )

    assert found.open == wanted.open
    assert found.overdue == wanted.overdue
    assert found.clocks == wanted.clocks
    assert {kind: moment_of(moment) for kind, moment in found.oldest.items()} == wanted.oldest
    assert (None if found.next_due == NEVER else moment_of(found.next_due)) == wanted.next_due
    assert found.difference == wanted.difference


@given(st.lists(with_clocks(), min_size=1, max_size=3), MEMBERS, st.integers(1, 500))
@settings(max_examples=25, deadline=None)
def test_quantiles_from_rows_are_those_of_the_waits_that_each_member_has(lines: list[dict[str, Any]], members: set[str], after_days: int) -> None:
    copies = [line | {"request": f"R{place}.{copy}"} for place, line in enumerate(lines) for copy in range(10)]
    streams, known_at = parsed(copies), LAST + timedelta(days=after_days)
    zones, words = {name: local_days(ZONES[name]) for name in members}, Words()
    rows = [row for row in (standing(stream.request, woven(stream, words), words) for stream in streams) if row is not None]
    waits = naive.standing(Panel.of(streams), zones, known_at).waits

    wanted = {(*labels, str(share)): day for labels, own in waits.items() for share, day in naive.km_quantiles(own).items()}
    assert quantiles(waiting(rows), zones, micros(known_at)) == wanted


def test_what_came_and_did_not_go_is_open_or_the_difference_is_told() -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    sides = {"requesting": {"authority": "de-central"}, "requested": {"authority": "pt-central"}}
    fact = {"id": "R1.1", "type": "RequestRegistered", "occurred_at": at.isoformat(), "recorded_at": at.isoformat(), "kind": "eio", **sides}
    words = Words()
    (stream,) = parsed([{"request": "R1", "facts": [fact]}])
    row = standing("R1", woven(stream, words), words)
    assert row is not None

    told = gauges([], [], flows([row]), {"de-central"}).difference
    assert told == {("outgoing", "eio"): 1}
    assert gauges(groups([row], micros(at)), [], [], {"de-central"}).difference == {("outgoing", "eio"): 1}
    assert gauges(groups([row], micros(at)), [], flows([row]), {"de-central"}).difference == {("outgoing", "eio"): 0}
