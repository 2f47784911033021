"""What a process keeps in mind of the clocks: nothing that the directory no longer says, and no words of a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection

from services.requests.clockwork import Clockwork
from services.requests.commands import MoveCall, Order, as_recorded, decided
from services.requests.domain.clocks.reading import derive
from services.requests.domain.request import Request, apply_all, fold
from shared.facts import requests as facts
from shared.facts.base import Fact
from shared.facts.text import texts_in
from shared.storage.directory import Caller
from tests.builders import AUTHORITIES, law
from tests.services.requests.calling import E, R, Service
from tests.services.requests.domain.clocks.stories import acknowledged_order, calendars, sent_order

WORDS = "words of somebody"


def test_clocks_that_were_read_before_are_derived_anew_when_the_directory_says_something_else() -> None:
    story, authorities = acknowledged_order(), dict(AUTHORITIES)
    clockwork, request = Clockwork(law(), calendars(), authorities), fold(story.facts)
    before = clockwork.clocks(request, story.now)
    authorities["E"] = replace(AUTHORITIES["E"], time_zone="Asia/Tokyo")
    after = clockwork.clocks(request, story.now)

    assert {str(clock.run.place.zone) for clock in before} == {"Europe/Prague"}
    assert {str(clock.run.place.zone) for clock in after} == {"Asia/Tokyo"}


def test_no_words_of_a_person_stay_in_what_the_clocks_keep(service: Service, conn: Connection[Any]) -> None:
    made = service.person(R).sends(kind="eio", instrument="EU-EIO")
    caller = Caller("key", E, "desk", None)
    wanted = decided(service.shell, conn, Order(caller=caller, request=UUID(made.id), calls=[MoveCall("send_back", {"missing": [WORDS]})], **once()))

    assert wanted.walked is not None
    assert [texts_in(each.fact) for each in wanted.facts if texts_in(each.fact)] == [[WORDS]]
    assert wanted.walked.walk.request.missing == ("",)
    assert texts_in(wanted.walked.walk.request) == []


def test_moves_that_are_made_together_leave_no_walk_behind(service: Service, conn: Connection[Any]) -> None:
    """The words of the first are in the request that the second is decided on."""
    made = service.person(R).sends(kind="eio", instrument="EU-EIO")
    caller, calls = Caller("key", E, "desk", None), [MoveCall("acknowledge", {}), MoveCall("request_information", {"items": [WORDS]})]
    wanted = decided(service.shell, conn, Order(caller=caller, request=UUID(made.id), calls=calls, **once()))

    assert [type(each.fact).__name__ for each in wanted.facts if not type(each.fact).__name__.startswith("Clock")] == [
        "RequestAcknowledged",
        "InformationRequested",
    ]
    assert wanted.walked is None


def taken_in(clockwork: Clockwork, request: Request, hours: float, kind: type[Fact], **members: Any) -> tuple[Request, list[str]]:
    """The request with a fact and all that it causes, as a command records them; and the types of these."""
    now = request.history[0].recorded_at + timedelta(hours=hours)
    new = as_recorded([kind(occurred_at=now, by="E", **members)], request.version, now)
    caused = clockwork.follow(request, new, now)
    first = as_recorded(caused.before, request.version, now)
    moved = [replace(each, version=each.version + len(first)) for each in new]
    facts = [*first, *moved, *as_recorded(caused.after, moved[-1].version, now)]
    after = apply_all(request, facts)
    if caused.walked is not None:
        clockwork.recorded(after, caused.walked, now)
    return after, [type(each.fact).__name__ for each in facts]


def test_a_lapse_is_recorded_once_though_it_stands_before_the_move_that_met_it() -> None:
    story = sent_order(kind="eaw", instrument="EU-EAW", persons=[{"id": "p1", "role": "suspect"}])
    clockwork, request = Clockwork(law(), calendars(), AUTHORITIES), fold(story.facts)
    request, _ = taken_in(clockwork, request, 3, facts.RequestAcknowledged)
    request, _ = taken_in(clockwork, request, 4, facts.PersonArrested, person="p1")
    request, _ = taken_in(clockwork, request, 5, facts.SurrenderDecided, person="p1", outcome="granted")
    request, late = taken_in(clockwork, request, 24 * 60, facts.InformationRequested, items=("time_range",))
    lapsed = late.index("InformationRequested")
    assert lapsed > 0
    assert set(late[:lapsed]) == {"ClockLapsed"}

    request, later = taken_in(clockwork, request, 24 * 61, facts.InformationSupplied, items=("time_range",))
    assert "ClockLapsed" not in later
    assert clockwork.settle(request, request.history[-1].recorded_at).after == []
    assert clockwork.clocks(request, request.history[-1].recorded_at) == derive(request.history, story.law, request.history[-1].recorded_at)


def once() -> dict[str, Any]:
    """What makes an order one of its own."""
    return {"command_id": uuid4(), "fingerprint": b"f" * 32}
