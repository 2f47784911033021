"""What forecasts are made from: the waits and clocks of one authority as known at one moment, as plain columns.

A stage is what a request waits in (figures-1, section 8); a wait from arrival stands beside it for a step whose stage has not begun.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.durations import gross_days
from services.metrics.domain.elements import STATES
from services.metrics.domain.limits import Clocks as RunsAtEnd
from services.metrics.domain.panel import OUTGOING
from services.metrics.domain.period import Period
from services.metrics.domain.register import Register
from services.metrics.domain.scope import Scope
from services.metrics.domain.waits import STAGE_LIMITED
from services.metrics.domain.waits import STAGES as NAME_OF_STAGE

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

STAGES = tuple(NAME_OF_STAGE)
WAITS = (*STAGES, "to_decide", "to_execute", "to_return")
WAIT_OF_NAME = (*NAME_OF_STAGE.values(), "to_decide", "to_execute", "to_return")
"""The names of the same waits among the rows of a request."""
FROM_ARRIVAL = {STAGES.index(stage): WAITS.index(wait) for stage, wait in (("decide", "to_decide"), ("execute", "to_execute"), ("return", "to_return"))}
"""For the number of a stage, that of the wait from arrival to its end; the first stage begins with arrival."""
RUNNING, SUSPENDED, KEPT, MISSED = range(4)
STANDING = {"running": RUNNING, "suspended": SUSPENDED, "met": KEPT, "cancelled": KEPT, "met_late": MISSED, "missed": MISSED, "lapsed": MISSED}
NO_STAGE = -1
"""A clock that limits none of ours. A limit in hours has no due day (NO_DAY): a curve in days says nothing of it."""
KINDS_KNOWN = ("head", "episode", "wait", "clock")
"""The kinds of rows that are looked at."""
EPOCH_DAY = date(1970, 1, 1).toordinal()


def day_of(number: int) -> date:
    """The date that is *number* days after the first of 1970."""
    return date.fromordinal(EPOCH_DAY + number)


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits as columns; counterpart and instrument are codes that are equal where the texts are."""

    request: Numbers
    """The place of its request."""
    wait: Numbers
    """The place of its name in WAITS."""
    direction: Numbers
    counterpart: Numbers
    instrument: Numbers
    start: Numbers
    """Local day, as days since 1970."""
    gross: Numbers
    """Local days to its end, or to the moment of knowledge."""
    ended: Mask

    @property
    def likeness(self) -> Numbers:
        """One row a wait: what it may have in common with others, from what is the widest to what is the most particular."""
        return np.stack((self.direction, self.wait, self.instrument, self.counterpart), axis=1)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Runs of clocks that bind by a latest date, as columns."""

    request: Numbers
    row: Numbers
    """The place of its row in *rows*."""
    stage: Numbers
    """The stage that it limits; NO_STAGE where the clock says none of ours."""
    standing: Numbers
    adjusted_on: Numbers
    strict_on: Numbers
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What one authority knew at a moment."""

    known_at: datetime
    today: int
    """The local day of that moment."""
    requests: Sequence[str]
    open: Numbers
    """The places of the counted requests that are open."""
    reopened: Mask
    """By place: it has had more than one episode."""
    waits: Waits
    clocks: Clocks
    said: Callable[[int], Mapping[str, str | None]]
    """Kind, instrument and counterpart of the request at a place."""

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The place of each request."""
        return {request: place for place, request in enumerate(self.requests)}

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """One line a wait of WAITS, one column a request: the row of that wait; -1 where it has not begun."""
        found = np.full((len(WAITS), len(self.requests)), -1, dtype=np.int64)
        found[self.waits.wait, self.waits.request] = np.arange(len(self.waits.request))
        return found

    @cached_property
    def latest(self) -> Numbers:
        """By place: the row of the latest stage that has begun; -1 where none has."""
        found = np.full(len(self.requests), -1, dtype=np.int64)
        for stage in self.rows[: len(STAGES)]:
            found = np.where(stage >= 0, stage, found)
        return found


def known_to(register: Register, authority: str, known_at: datetime) -> Known:
    """What *authority* knew at *known_at*; the excluded requests have neither waits nor clocks."""
    view, days = register.view(authority, known_at), register.zone_of(authority, known_at)
    today = days.on(known_at)
    scope = Scope(view, Period.of(today, today + timedelta(days=1), known_at, days))
    heads, at = view.heads, view.heads["request"]
    place = np.full(view.size, -1, dtype=np.int64)
    place[at] = np.arange(len(at))
    reopened = np.zeros(len(at), dtype=np.bool_)
    episodes = view.rows("episode")
    reopened[place[episodes["request"][np.flatnonzero(episodes["number"] > 0)]]] = True
    requests = view.panel.names(at)
    open_ones = place[scope.open_until[0]].tolist()
    counterpart = np.where(view.direction[at] == OUTGOING, heads["requested_state"], heads["requesting_state"])

    def said(one: int) -> dict[str, str | None]:
        text = view.panel.words.text
        codes = {"kind": heads["kind"], "instrument": heads["instrument"], "counterpart": counterpart}
        return {name: text(int(column[one])) for name, column in codes.items()}

    return Known(
        known_at=known_at,
        today=today.toordinal() - EPOCH_DAY,
        requests=requests,
        open=np.asarray(sorted(open_ones, key=lambda one: requests[one]), dtype=np.int64),
        reopened=reopened,
        waits=_waits(scope, place, counterpart),
        clocks=_clocks(scope, place),
        said=said,
    )


def _waits(scope: Scope, place: Numbers, counterpart: Numbers) -> Waits:
    """The waits of all names, one name after the other."""
    view = scope.view
    named = [view.waits(name) for name in WAIT_OF_NAME]
    columns = {field: np.concatenate([own[field] for own in named]) for field in named[0]}
    request = place[columns["request"]]
    return Waits(
        request=request,
        wait=np.repeat(np.arange(len(named)), [len(own["request"]) for own in named]),
        direction=view.direction[columns["request"]],
        counterpart=counterpart[request],
        instrument=view.heads["instrument"][request],
        start=scope.days(columns["start"]),
        gross=gross_days(scope, columns),
        ended=columns["outcome"] > 0,
    )


def _clocks(scope: Scope, place: Numbers) -> Clocks:
    clocks = RunsAtEnd(scope)
    steps = clocks.steps
    names, rows = clocks.rows
    texts, numbers = scope.view.texts_of(steps["stage"])
    limited = np.asarray([STAGES.index(STAGE_LIMITED[text]) if text in STAGE_LIMITED else NO_STAGE for text in texts] or [NO_STAGE], dtype=np.int64)
    standing = np.asarray([STANDING[state] for state in STATES], dtype=np.int64)
    adjusted, strict = steps["adjusted_on"].astype(np.int64), steps["strict_on"].astype(np.int64)
    return Clocks(place[clocks.request], rows, limited[numbers], standing[clocks.verdict], adjusted, strict, names)
