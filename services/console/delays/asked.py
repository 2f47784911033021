"""The question of the page of delays, as its address carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DIRECTIONS = ("outgoing", "incoming")
DAYS = ("gross", "net")
FILTERS = ("kind", "instrument", "counterpart")


@dataclass(frozen=True, slots=True)
class Stage:
    """A step that requests wait for.

    Attributes:
        said: what was done when it is over, as in "half are decided within".
        clock: the name of the clocks that limit it.
        judged_on: the day on which two years are compared.
        days: the days of the table beside the curve.
    """

    name: str
    said: str
    awaited: str
    clock: str
    judged_on: int
    days: tuple[int, ...]


STAGES: Mapping[str, Stage] = {
    "to_acknowledge": Stage("Acknowledge", "acknowledged", "an acknowledgement", "Acknowledgement clock", 7, (3, 7, 15, 30, 60)),
    "to_decide": Stage("Decide", "decided", "a decision", "Decision clock", 30, (15, 30, 45, 60, 90)),
    "to_execute": Stage("Execute", "executed", "the execution", "Execution clock", 90, (30, 60, 90, 180, 365)),
    "to_return": Stage("Return", "returned", "the results", "Return clock", 120, (60, 90, 120, 180, 365)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One direction, perhaps one kind, instrument or counterpart, a period, one moment of knowledge; the wait to be looked at."""

    direction: str
    start: str
    end: str
    kind: str | None = None
    instrument: str | None = None
    counterpart: str | None = None
    as_known_at: str | None = None
    compared_with: str | None = None
    stage: str = "to_decide"
    days: str = "gross"
    whole: bool = False
    """Every counterpart in the table, not only the first ones."""

    @classmethod
    def of(cls, args: Mapping[str, str], today: date, zone: ZoneInfo) -> Asked:
        """The question in *args*; without one: what we ask of others, this year so far, until the decision.

        Moments without an offset are of the reader's *zone*.
        """
        return cls(
            direction=_among(args.get("direction"), DIRECTIONS),
            start=args.get("from") or f"{today.year}-01-01",
            end=args.get("to") or (today + timedelta(days=1)).isoformat(),
            kind=args.get("kind") or None,
            instrument=args.get("instrument") or None,
            counterpart=args.get("counterpart") or None,
            as_known_at=_moment(args.get("as_known_at"), zone),
            compared_with=_moment(args.get("compared_with"), zone),
            stage=_among(args.get("stage"), ("to_decide", *STAGES)),
            days=_among(args.get("days"), DAYS),
            whole=args.get("whole") == "1",
        )

    @property
    def wait(self) -> Stage:
        """The step that is waited for."""
        return STAGES[self.stage]

    def faults(self) -> dict[str, str]:
        """What cannot be read, by the name of its field, with what to do."""
        found = {}
        for name, text in (("from", self.start), ("to", self.end)):
            if not _readable(text):
                found[name] = "Enter a day, such as 2026-11-23."
        if not found and self.end <= self.start:
            found["to"] = "Enter a day after the first one: it is the first that does not count."
        for name, moment in (("as_known_at", self.as_known_at), ("compared_with", self.compared_with)):
            if moment and not moment.endswith("Z"):
                found[name] = "Enter a moment, such as 2026-11-23T08:30."
        return found

    def known(self, moment: str) -> Asked:
        """The same question as known at *moment*."""
        return replace(self, as_known_at=moment)

    def filters(self) -> dict[str, str]:
        """What is filtered by, without what is not."""
        return {name: value for name in FILTERS if (value := getattr(self, name))}

    def address(self, **changes: Any) -> dict[str, Any]:
        """The parameters of the page's own address, with *changes*; None takes one away."""
        own = {
            "direction": self.direction,
            "from": self.start,
            "to": self.end,
            **self.filters(),
            "as_known_at": self.as_known_at,
            "compared_with": self.compared_with,
            "stage": None if self.stage == "to_decide" else self.stage,
            "days": None if self.days == "gross" else self.days,
            "whole": "1" if self.whole else None,
        }
        return {name: value for name, value in (own | changes).items() if value is not None}

    def figures(self, **more: Any) -> dict[str, Any]:
        """The same question to `/v1/figures`."""
        return {"from": self.start, "to": self.end, "as_known_at": self.as_known_at, "compared_with": self.compared_with, **self.filters(), **more}

    def year_before(self) -> Asked:
        """The period one year earlier, as known at the same moment."""
        return replace(self, start=year_before(self.start), end=year_before(self.end), compared_with=None)

    def weeks_before(self) -> Asked:
        """What stood 28 days before the end of the period or the moment of knowledge, as known at the same moment."""
        end = _day(self.end)
        known = _day((self.as_known_at or self.end)[:10]) + timedelta(days=1)
        then = min(end, known) - timedelta(days=28)
        start = min(_day(self.start), then - timedelta(days=1))
        return replace(self, start=start.isoformat(), end=then.isoformat(), compared_with=None)

    def label(self) -> str:
        """The period in short: its year, or its first and last day."""
        first, last = _day(self.start), _day(self.end) - timedelta(days=1)
        return str(last.year) if first.year == last.year else f"{first.year}/{last.year}"


def floor(moment: datetime) -> str:
    """The beginning of the minute of *moment*: all parts of a page ask as known then, and the service may answer from what it has answered before."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00Z")


def year_before(day: str) -> str:
    """The same day a year earlier."""
    found = _day(day)
    return (found.replace(year=found.year - 1, day=28) if (found.month, found.day) == (2, 29) else found.replace(year=found.year - 1)).isoformat()


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _readable(text: str) -> bool:
    try:
        return 1900 <= date.fromisoformat(text).year <= 2200 and len(text) == len("2026-01-01")
    except ValueError:
        return False


def _among(value: str | None, choices: tuple[str, ...]) -> str:
    return value if value in choices else choices[0]


def _moment(text: str | None, zone: ZoneInfo) -> str | None:
    """The moment in UTC; what cannot be read goes to the service, which says why."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return text
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC).isoformat().replace("+00:00", "Z")
