"""Persons in extradition and surrender: arrest, consent, hearing, decision, date, postponement, hand-over, release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.requests.domain.command import Command, Context
from services.requests.domain.errors import Fault, ValidationFailed
from services.requests.domain.lines import PersonLine
from services.requests.domain.moves.members import Member
from services.requests.domain.moves.move import ASKED, OPEN, Decider, Move, Obstacle, Requirement
from services.requests.domain.request import Request
from shared.facts import requests as facts
from shared.facts.base import Fact
from shared.facts.codes import Execution, Hold, Kind, LineOutcome, State, SurrenderObstacle

KINDS = frozenset({Kind.EXTRADITION, Kind.EAW, Kind.PROVISIONAL_ARREST, Kind.TRANSFER_OF_SENTENCED_PERSON})


def _of_person(fact: type[Fact], *names: str) -> Decider:
    """Return the decider that records *fact* of a person of the request."""

    def decide(request: Request, command: Command, context: Context) -> list[Fact]:
        _known_person(request, command.members["person"])
        return [fact(**command.base, **command.chosen("person", *names))]

    return decide


def _known_person(request: Request, id: str) -> PersonLine:
    person = request.person(id)
    if person is None:
        known = [each.id for each in request.persons]
        raise ValidationFailed([Fault("/person", "choice", f"the request has no person {id}", {"choices": known})])
    return person


def _only(suits: Callable[[PersonLine], bool], reason: str, by: str = "facts") -> Requirement:
    """Return the requirement that the person, or, not yet named, any of them, is such that *suits*."""

    def requires(request: Request, acting: str, members: Mapping[str, Any] | None) -> Obstacle | None:
        fit = [each.id for each in request.persons if suits(each)]
        named = request.person(members["person"]) if members else None
        if (members is None and not fit) or (named is not None and named.id not in fit):
            return Obstacle(by, reason, {"persons": fit})
        return None

    return requires


def _may_be_surrendered(request: Request, acting: str, members: Mapping[str, Any] | None) -> Obstacle | None:
    """Not handed over yet; while the surrender is postponed, only once a new date is agreed."""
    handed_over = _only(lambda person: person.surrendered_at is None, "surrendered")(request, acting, members)
    postponed = _only(lambda person: person.surrendered_at is None and person.postponed_at is None, "surrender_postponed", "hold")
    return handed_over or postponed(request, acting, members)


def surrender(request: Request, command: Command, context: Context) -> list[Fact]:
    """Hand a person over; the last one executes the request and returns it."""
    _known_person(request, command.members["person"])
    done: list[Fact] = [facts.PersonSurrendered(**command.base, **command.chosen("person", "date", "reason"))]
    others = [each for each in request.persons if each.id != command.members["person"]]
    if all(each.done for each in others):
        follows = {**command.base, "note": None, "derived": True}
        if request.state is not State.EXECUTED:
            refused = any(each.surrendered_at is None for each in others)
            done.append(facts.RequestExecuted(**follows, outcome=Execution.PART if refused else Execution.FULL))
        done.append(facts.ResultsReturned(**follows, part=len(request.parts) + 1, final=True))
    return done


PERSON = Member("person", "code", required=True, choices_from="persons")
DATE = Member("date", "when")
FIXED_DATE = Member("date", "when", required=True)
REASON = Member("reason", "text")
OBSTACLES = tuple(SurrenderObstacle)


def _move(name: str, fact: type[Fact], decide: Decider, then: str, requires: Requirement, *members: Member, opens: Hold | None = None) -> Move:
    return Move(name, ASKED, OPEN, fact, decide, then, members=(PERSON, *members), kinds=KINDS, requires=requires, opens_hold=opens)


def _here(person: PersonLine) -> bool:
    return person.surrendered_at is None


MOVES = (
    _move("arrest", facts.PersonArrested, _of_person(facts.PersonArrested, "date", "reason"), "unchanged",
          _only(lambda person: _here(person) and not person.in_custody, "in_custody"), DATE, REASON),
    _move("give_consent", facts.ConsentGiven, _of_person(facts.ConsentGiven, "date", "reason"), "unchanged",
          _only(lambda person: _here(person) and person.consented_at is None, "consented"), DATE, REASON),
    _move("revoke_consent", facts.ConsentRevoked, _of_person(facts.ConsentRevoked, "date", "reason"), "unchanged",
          _only(lambda person: _here(person) and person.consented_at is not None, "not_consented"), DATE, REASON),
    _move("fix_hearing", facts.HearingFixed, _of_person(facts.HearingFixed, "date", "reason"), "unchanged", _only(_here, "surrendered"),
          FIXED_DATE, REASON),
    _move("decide_surrender", facts.SurrenderDecided, _of_person(facts.SurrenderDecided, "date", "outcome", "reason"), "unchanged",
          _only(_here, "surrendered"), DATE, REASON, Member("outcome", "code", required=True, choices=tuple(LineOutcome))),
    _move("agree_surrender_date", facts.SurrenderDateAgreed, _of_person(facts.SurrenderDateAgreed, "date", "reason"), "hold surrender_postponed off",
          _only(_here, "surrendered"), FIXED_DATE, Member("reason", "coded_text", choices=OBSTACLES)),
    _move("postpone_surrender", facts.SurrenderPostponed, _of_person(facts.SurrenderPostponed, "date", "reason"), "hold surrender_postponed",
          _only(lambda person: _here(person) and person.postponed_at is None, "surrender_postponed", "hold"), DATE,
          Member("reason", "code", required=True, choices=OBSTACLES), opens=Hold.SURRENDER_POSTPONED),
    _move("surrender", facts.PersonSurrendered, surrender, "the last person appends RequestExecuted and the final ResultsReturned: returned",
          _may_be_surrendered, DATE, REASON),
    _move("release", facts.PersonReleased, _of_person(facts.PersonReleased, "date", "reason"), "unchanged",
          _only(lambda person: person.in_custody, "not_in_custody"), DATE, REASON),
)  # fmt: skip
