"""What was done in a period, and measures, persons and cases, each in its own unit: figures-1, section 3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.metrics.domain.additive import Distinct, Named, tables_exchanged
from services.metrics.domain.elements import COUNTED_FACTS, EVENT_NAMES, HOLDS, MEASURE_OUTCOMES, PERSON_FACTS
from services.metrics.domain.panel import Columns, Places
from services.metrics.domain.scope import Breakdown, Numbers, Scope, rows_of

LATE_AFTER_DAYS = 7
ESCALATION_LEVELS = ("1", "2", "3", "4")
OF_REQUESTS = ("acknowledged", *COUNTED_FACTS, "sent_back_requests", "granted", "granted_in_part", "executed_full", "executed_part")
OF_NEW = ("registered_late", "through_system")


def events(scope: Scope) -> Columns:
    """What happened in the period."""
    found = scope.view.rows("event")
    return rows_of(found, np.flatnonzero(scope.holds(found["at"])))


def named(own: Columns, name: str) -> Columns:
    """The events of one name."""
    return rows_of(own, np.flatnonzero(own["name"] == EVENT_NAMES.index(name)))


def behind(scope: Scope, own: Columns, name: str) -> Places:
    """The requests behind one number of the activity, once for each time that they are counted."""
    if name == "sent_back_requests":
        sent_back = np.zeros(scope.view.size, dtype=np.bool_)
        sent_back[named(own, "sent_back")["request"]] = True
        return np.flatnonzero(sent_back)
    if name == "through_system":
        return np.compress(scope.view.spread("through_system", 0)[scope.new] == 1, scope.new)
    if name == "registered_late":
        recorded_on = scope.days(scope.view.spread("arrival_recorded_at", 0)[scope.new])
        return scope.new[recorded_on - scope.days(scope.arrived_at[scope.new]) > LATE_AFTER_DAYS]
    found: Places = named(own, name)["request"]
    return found


@dataclass(frozen=True, slots=True)
class Activity:
    """Activity, measures, persons, cases and escalations of all groups of an answer."""

    counts: Mapping[str, Numbers]
    persons: Mapping[str, Distinct]
    """And cases, under `case`."""
    texts: Mapping[str, Named]

    @classmethod
    def of_groups(cls, scope: Scope, groups: Breakdown) -> Activity:
        """What was done in each of *groups*."""
        own, new = events(scope), scope.new
        simple = groups.coded(own["request"], own["name"].astype(np.int64), len(EVENT_NAMES))
        counts = {name: simple[:, :, place] for place, name in enumerate(EVENT_NAMES)}
        for name in ("sent_back_requests", *OF_NEW):
            counts[name] = groups.counts(behind(scope, own, name))
        counts["asked"] = groups.sums(new, scope.view.spread("measures", 0)[new])
        counts["held_days"], counts["holds"] = held_days(scope, groups)
        persons = {name: _distinct(scope, name, named(own, name), groups) for name in ("sought", *PERSON_FACTS)}
        persons["case"] = _distinct(scope, "case", {"request": new, "code": scope.view.spread("case_mark", 0)[new]}, groups)
        return cls(counts, persons, {name: _by_text(scope, named(own, name), groups) for name in ("refused_on", "refused_by", "escalated")})

    def exchanged(self, gone: Activity, came: Activity) -> Activity:
        """The same with some requests exchanged."""
        persons = {name: own.exchanged(gone.persons[name], came.persons[name]) for name, own in self.persons.items()}
        texts = {name: own.exchanged(gone.texts[name], came.texts[name]) for name, own in self.texts.items()}
        return Activity(tables_exchanged(self.counts, gone.counts, came.counts), persons, texts)

    def of(self, side: int, part: int) -> dict[str, Any]:
        """Facts of counted requests in the period; requests by their first such fact."""
        days, times = self.counts["held_days"], self.counts["holds"]
        held = {reason: int(days[side, part, place]) for place, reason in enumerate(HOLDS) if times[side, part, place]}
        return {
            **{name: int(self.counts[name][side, part]) for name in (*OF_REQUESTS, *OF_NEW)},
            "held_days": held,
            "refused_by_ground": self._texts("refused_on", side, part),
            "refused_by_body": self._texts("refused_by", side, part),
        }

    def measures_of(self, side: int, part: int) -> dict[str, int]:
        """Measure lines: asked in new requests, completed by outcome."""
        done = {name: int(self.counts[f"measure_{name}"][side, part]) for name in MEASURE_OUTCOMES}
        return {"asked": int(self.counts["asked"][side, part]), **done}

    def persons_of(self, side: int, part: int) -> dict[str, int]:
        """Distinct persons: sought in new requests, and by what happened to them."""
        return {name: int(self.persons[name].counts[side, part]) for name in ("sought", *PERSON_FACTS)}

    def cases_of(self, side: int, part: int) -> dict[str, int]:
        """Distinct cases of the new requests."""
        return {"new": int(self.persons["case"].counts[side, part])}

    def escalations_of(self, side: int, part: int) -> dict[str, int]:
        """Escalations reached in the period, by level."""
        reached = self._texts("escalated", side, part)
        return {level: reached.get(level, 0) for level in sorted({*ESCALATION_LEVELS, *reached})}

    def _texts(self, name: str, side: int, part: int) -> dict[str, int]:
        own = self.texts[name]
        return {text: int(n) for text, n in zip(own.names, own.counts[side, part], strict=True) if n}


def _distinct(scope: Scope, name: str, own: Columns, groups: Breakdown) -> Distinct:
    """How many different codes each group has; the codes of a period are numbered once."""
    found, numbers = scope.view.remembered(("distinct", name, scope.begins, scope.until), lambda: np.unique(own["code"], return_inverse=True))
    return Distinct.of(groups, own["request"], found, numbers)


def _by_text(scope: Scope, own: Columns, groups: Breakdown) -> Named:
    texts, numbers = scope.view.texts_of(own["code"])
    return Named(texts, groups.coded(own["request"], numbers, len(texts)))


def held_days(scope: Scope, groups: Breakdown) -> tuple[Numbers, Numbers]:
    """Local days on hold per reason, only those inside the period; and of how many holds."""
    holds = scope.view.rows("hold")
    start, stop = np.maximum(holds["began_at"], scope.begins), np.minimum(holds["ended_at"], scope.until)
    rows = np.flatnonzero(start < stop)
    days = scope.days(stop[rows]) - scope.days(start[rows])
    request, reason = holds["request"][rows], holds["reason"][rows].astype(np.int64)
    tables = [groups.table(_by_reason(groups, request, reason, amounts)) for amounts in (days, np.ones_like(days))]
    return tables[0], tables[1]


def _by_reason(groups: Breakdown, request: Places, reason: Numbers, amounts: Numbers) -> Numbers:
    return np.stack([groups.parts.sums(request[reason == place], amounts[reason == place]) for place in range(len(HOLDS))], axis=1)
