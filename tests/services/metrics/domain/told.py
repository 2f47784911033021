"""A request told in few words: type, day, members; recorded when it happened unless said otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from services.metrics.domain import stage_waits
from services.metrics.domain.answers import figures
from services.metrics.domain.course import Course, course
from services.metrics.domain.elements import micros
from services.metrics.domain.facts import Fact, Stream, moment
from services.metrics.domain.knowledge import as_known_at
from services.metrics.domain.localdays import LocalDays, local_days
from services.metrics.domain.panel import Panel, View
from services.metrics.domain.period import Period
from services.metrics.domain.question import Question
from services.metrics.domain.register import Register
from services.metrics.domain.scope import Scope

BERLIN: LocalDays = local_days("Europe/Berlin")
LAST = datetime(2027, 1, 1, tzinfo=UTC)
SIDES = {"requesting": {"authority": "fr-central", "state": "FR"}, "requested": {"authority": "de-central", "state": "DE"}}
OPENING: dict[str, Any] = {"kind": "eio", "instrument": "EU-EIO", "measures": ["m1", "m2"], "persons": ["p1"], "case": "7 Js 44/26", **SIDES}

Told = tuple[str, str, dict[str, Any]]


def at(text: str) -> datetime:
    """A moment: a day means 08:00 UTC of it."""
    return moment(text if "T" in text else f"{text}T08:00:00Z")


def stream(*told: Told, request: str = "A") -> Stream:
    """The stream of these facts; `recorded` among the members says when it was recorded, the place from 1 is the fact's id."""
    facts = []
    for version, (type, when, members) in enumerate(told, start=1):
        own = OPENING | members if version == 1 else members
        recorded_at = at(own.get("recorded", when))
        facts.append(Fact(str(version), type, at(when), recorded_at, version, {name: value for name, value in own.items() if name != "recorded"}))
    return Stream(request, tuple(facts))


def arrived(when: str, **members: Any) -> Told:
    """The request came in."""
    return ("RequestRegistered", when, members)


def known(*told: Told, known_at: datetime = LAST) -> Course:
    """The course of these facts as known at a moment."""
    found = as_known_at(stream(*told), known_at)
    assert found is not None
    return course(found)


def period(from_on: str, to_on: str, known_at: datetime = LAST) -> Period:
    """A period in Berlin."""
    return Period.of(date.fromisoformat(from_on), date.fromisoformat(to_on), known_at, BERLIN)


def scope(streams: Sequence[Stream], asked: Period) -> Scope:
    """What de-central knew of these streams, through a period."""
    return Scope(View(Panel.of(streams), "de-central", micros(asked.known_at)), asked)


def figure(streams: Sequence[Stream], asked: Period, **more: Any) -> dict[str, Any]:
    """The total of what came in to de-central, from the answer to a question about *asked*; nothing where there is no such group."""
    register = Register(streams, lambda authority, when: BERLIN, LAST, bounded=False)
    found = figures(register, Question("de-central", asked.from_on, asked.to_on, asked.known_at, **more))
    return next((group for group in found["groups"] if group["direction"] == "incoming" and group["kind"] is None), {})


def known_to(streams: Sequence[Stream], known_at: datetime) -> stage_waits.Known:
    """What de-central knew of these streams, as forecasts see it."""
    return stage_waits.known_to(Register(streams, lambda authority, when: BERLIN, known_at, bounded=False), "de-central", known_at)
