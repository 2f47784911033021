"""What a request is for as long as it lives, found before the walk: kind, instrument, States, version of the law."""

from dataclasses import replace
from datetime import date

from services.requests.domain import effects
from services.requests.domain.clocks.happenings import Happening
from services.requests.domain.clocks.rows import Setting
from services.requests.domain.request import opened
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded


def as_it_always_was(history: list[Recorded[Fact]]) -> list[Recorded[Fact]]:
    """*history* under the kind and instrument of the last reclassification: what a request is, it always was."""
    last = next((each.fact for each in reversed(history) if isinstance(each.fact, facts.RequestReclassified)), None)
    first = history[0].fact
    if last is None or not isinstance(first, facts.Opening):
        return history
    return [replace(history[0], fact=replace(first, kind=last.kind, instrument=last.instrument)), *history[1:]]


def setting_of(ordered: list[Happening]) -> Setting:
    """The setting of a request: as it was sent, whatever its first draft said."""
    request, sent = opened(ordered[0].recorded), _sent_on(ordered)
    for each in ordered:
        if isinstance(each.fact, facts.RequestAmended):
            effects.follow(request, each.recorded)
    bases = tuple(dict.fromkeys(base for base in (request.instrument, *request.also_under) if base))
    as_of = request.instrument_as_of or sent or ordered[0].at.date()
    return Setting(bases, request.kind, request.requesting.state, request.requested.state, as_of)


def _sent_on(ordered: list[Happening]) -> date | None:
    """The day on which it was first sent or received: the version of that day counts."""
    return next((each.at.date() for each in ordered if isinstance(each.fact, facts.RequestSent | facts.RequestRegistered)), None)
