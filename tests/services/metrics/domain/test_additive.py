"""Counts of which some requests were exchanged are the counts of the requests that are left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.additive import Distinct, Named, NotCounted
from services.metrics.domain.day_counts import DayCounts
from services.metrics.domain.elements import OUTCOMES
from services.metrics.domain.scope import DIRECTIONS, Breakdown, Groups

PARTS = 2
Rows = tuple[tuple[int, int], ...]
"""The rows of one request: its part among those of both directions, or none (-1), and a code."""
Steps = list[tuple[set[int], list[Rows]]]
"""Step by step which of the requests so far go, and which come."""

ROWS = st.lists(st.tuples(st.integers(-1, len(DIRECTIONS) * PARTS - 1), st.integers(0, 3)), max_size=3).map(tuple)
STEPS = st.lists(st.tuples(st.sets(st.integers(0, 9), max_size=4), st.lists(ROWS, max_size=4)), min_size=2, max_size=5)


def numbers(rows: list[tuple[int, int]]) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    both = np.asarray(rows, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def groups(parts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Breakdown:
    return Breakdown(Groups(parts // PARTS, len(DIRECTIONS)), Groups(parts, len(DIRECTIONS) * PARTS), (("a",), ("b",)))


def distinct(requests: list[Rows]) -> Distinct:
    parts, codes = numbers([row for rows in requests for row in rows])
    found, numbered = np.unique(codes * 1_000_003, return_inverse=True)
    return Distinct.of(groups(parts), np.arange(len(parts)), found, numbered)


def named(requests: list[Rows]) -> Named:
    parts, codes = numbers([row for rows in requests for row in rows])
    found, numbered = np.unique(codes, return_inverse=True)
    return Named(tuple(found.tolist()), groups(parts).coded(np.arange(len(parts)), numbered, len(found)))


def counts(requests: list[Rows]) -> DayCounts:
    parts, codes = numbers([row for rows in requests for row in rows])
    return DayCounts.by_cell(np.zeros_like(codes), codes % len(OUTCOMES), parts, 1).get(0, DayCounts(codes[:0], codes[:0]))


@given(STEPS)
def test_different_codes_are_those_of_the_requests_that_are_left(steps: Steps) -> None:
    there, found = list[Rows](), distinct([])
    for leave, came in steps:
        gone = [there[place] for place in sorted(leave) if place < len(there)]
        there = [rows for place, rows in enumerate(there) if place not in leave] + came
        found = found.exchanged(distinct(gone), distinct(came))

        assert found.counts.tolist() == distinct(there).counts.tolist()


@given(STEPS)
def test_tables_and_days_are_those_of_the_requests_that_are_left(steps: Steps) -> None:
    there, table, waits = list[Rows](), named([]), counts([])
    for leave, came in steps:
        gone = [there[place] for place in sorted(leave) if place < len(there)]
        there = [rows for place, rows in enumerate(there) if place not in leave] + came
        table, waits = table.exchanged(named(gone), named(came)), waits.exchanged(counts(gone), counts(came))

        assert table.counts.tolist() == named(there).under(table.names).tolist()
        assert (waits.keys.tolist(), waits.times.tolist()) == (counts(there).keys.tolist(), counts(there).times.tolist())


def test_what_was_never_there_cannot_be_taken_away() -> None:
    one: list[Rows] = [((0, 1),)]
    nothing: list[Rows] = []

    with pytest.raises(NotCounted):
        distinct(nothing).exchanged(distinct(one), distinct(nothing))
    with pytest.raises(NotCounted):
        counts(nothing).exchanged(counts(one), counts(nothing))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([(0, 1), (0, 1), (1, 1)], [[1, 1, 1], [0, 0, 0]], id="one code in two parts is one in all"),
        pytest.param([(0, 1), (2, 1), (3, 2)], [[1, 1, 0], [2, 1, 1]], id="one code on both sides is one on each"),
        pytest.param([(-1, 1)], [[0, 0, 0], [0, 0, 0]], id="what is in no part is not counted"),
    ],
)
def test_a_code_is_counted_once(rows: list[tuple[int, int]], expected: list[list[int]]) -> None:
    assert distinct([tuple(rows)]).counts.tolist() == expected
