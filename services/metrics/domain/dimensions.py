"""By what figures are broken down: what a request is, and where it stood at the end of the period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from services.metrics.domain.elements import HOLDS
from services.metrics.domain.limits import Clocks
from services.metrics.domain.localdays import Days
from services.metrics.domain.panel import NEITHER, Values, View
from services.metrics.domain.scope import DIRECTIONS, Breakdown, Groups, Mask, Numbers, Scope
from services.metrics.domain.waits import STAGE_LIMITED, STAGES

ENDED = "ended"


def values(name: str, scope: Scope) -> Values:
    """The dimension *name* of the requests in *scope*, as their authority sees them."""
    if name == "holder":
        return holder(scope)
    if name == "stage":
        return stage(scope)
    return month(scope) if name == "month" else scope.view.values(name)


def matching(only: Sequence[tuple[str, str]], view: View) -> Mask:
    """The counted requests that have each of these values; only dimensions of the account."""
    kept: Mask = view.counted.copy()
    for name, wanted in only:
        own = view.values(name)
        number = own.number(wanted)
        kept &= (own.places == number) & (number >= 0)
    return kept


def holder(scope: Scope) -> Values:
    """The authority that must act at the end of the period: the last recipient, or the sender of what was sent back (D-38)."""
    view, until = scope.view, scope.until
    codes = view.spread("requested", 0).copy()
    passed = view.rows("holder")
    at = np.flatnonzero((passed["since"] < until) & (passed["until"] >= until))
    codes[passed["request"][at]] = passed["authority"][at]
    holds = view.rows("hold")
    sent_back = (holds["reason"] == HOLDS.index("sent_back")) & (holds["began_at"] < until) & (holds["ended_at"] >= until)
    places = holds["request"][np.flatnonzero(sent_back)]
    codes[places] = view.spread("requesting", 0)[places]
    places, _ = scope.open_until
    texts, numbers = view.texts_of(codes[places])
    return _open_or_ended(scope, places, numbers, texts)


def stage(scope: Scope) -> Values:
    """The stage in which a request waited at the end of the period: the last of its stages that had begun."""
    reached = np.zeros(scope.view.size, dtype=np.int64)
    for number, name in enumerate(STAGES.values()):
        waits = scope.view.waits(name)
        reached[waits["request"][np.flatnonzero(waits["start"] < scope.until)]] = number
    places, _ = scope.open_until
    return _open_or_ended(scope, places, reached[places], tuple(STAGES))


def month(scope: Scope) -> Values:
    """The local month in which a request arrived."""
    places = np.flatnonzero(scope.view.counted)
    texts, numbers = _months(scope.days(scope.arrived_at[places]))
    spread = np.full(scope.view.size, -1, dtype=np.int64)
    spread[places] = numbers
    return Values(spread, texts)


def _months(days: Days) -> tuple[tuple[str, ...], Numbers]:
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    found, numbers = np.unique(months, return_inverse=True)
    return tuple(str(month) for month in found), numbers.astype(np.int64)


def _open_or_ended(scope: Scope, places: Numbers, numbers: Numbers, texts: Sequence[str]) -> Values:
    """What is open at the end of the period has its value, all else has ended."""
    found = tuple(sorted({*texts, ENDED}))
    order = np.asarray([found.index(text) for text in texts], dtype=np.int64)
    spread = np.full(scope.view.size, found.index(ENDED), dtype=np.int64)
    spread[places] = order[numbers] if len(places) else numbers
    return Values(spread, found)


def breakdown(view: View, kept: Mask, dimensions: Sequence[Values]) -> Breakdown:
    """The groups of the requests that are *kept*, by direction and the values of one or two dimensions."""
    return grouped(np.where(kept, view.direction, NEITHER), [own.places for own in dimensions], [own.texts for own in dimensions])


def grouped(direction: Numbers, numbers: Sequence[Numbers], texts: Sequence[Sequence[str]]) -> Breakdown:
    """Groups from directions and the numbers of values, one of each for every place; values that nobody has are no group."""
    joined = numbers[0].astype(np.int64)
    for more, own in zip(numbers[1:], texts[1:], strict=True):
        joined = joined * max(len(own), 1) + more
    inside = np.flatnonzero(direction != NEITHER)
    size = max(int(np.prod([max(len(own), 1) for own in texts])), 1)
    found = np.flatnonzero(np.bincount(joined[inside], minlength=size))
    dense = np.zeros(size, dtype=np.int64)
    dense[found] = np.arange(len(found))
    parts = np.full(len(direction), -1, dtype=np.int64)
    parts[inside] = direction[inside] * len(found) + dense[joined[inside]]
    keys = tuple(_texts_at(int(value), texts) for value in found)
    return Breakdown(Groups(direction, len(DIRECTIONS)), Groups(parts, len(DIRECTIONS) * len(found)), keys)


def _texts_at(joined: int, texts: Sequence[Sequence[str]]) -> tuple[str, ...]:
    if len(texts) == 1:
        return (texts[0][joined],)
    first, second = divmod(joined, max(len(texts[1]), 1))
    return texts[0][first], texts[1][second]


def of_clocks(names: Sequence[str], clocks: Clocks, of_requests: Mapping[str, Values], kept: Mask) -> Breakdown:
    """The groups of runs of clocks: the stage is the step that the row limits, the month that of the due date; else those of the request."""
    request = clocks.request
    direction = np.where(kept[request], clocks.scope.view.direction[request], NEITHER)
    numbers, texts = [], []
    for name in names:
        own = of_requests[name]
        given = _own_values(name, clocks)
        if given is None:
            numbers.append(own.places[request])
            texts.append(own.texts)
            continue
        joined = tuple(sorted({*own.texts, *given[0]}))
        of_own = np.asarray([joined.index(text) for text in own.texts] or [0], dtype=np.int64)[own.places[request]]
        of_given = np.asarray([joined.index(text) for text in given[0]] or [0], dtype=np.int64)[np.maximum(given[1], 0)]
        numbers.append(np.where(given[1] >= 0, of_given, of_own))
        texts.append(joined)
    return grouped(direction, numbers, texts)


def _own_values(name: str, clocks: Clocks) -> tuple[tuple[str, ...], Numbers] | None:
    """The values that runs have of themselves, -1 where a run has none."""
    if name == "stage":
        texts, numbers = clocks.texts("stage")
        own = [STAGE_LIMITED.get(text, "") for text in texts]
        names = tuple(sorted(set(own) - {""}))
        return names, np.asarray([names.index(text) if text else -1 for text in own] or [-1], dtype=np.int64)[numbers] if len(numbers) else numbers
    if name == "month":
        due = np.flatnonzero(clocks.has_due)
        texts, numbers = _months(clocks.due_on[due])
        spread = np.full(len(clocks.request), -1, dtype=np.int64)
        spread[due] = numbers
        return texts, spread
    return None
