"""A course as bodies of the public interface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.local.sample_data.course import REQUESTED, REQUESTING, Course, Step
from deploy.local.sample_data.shape import OUT

COMMON_GROUND = "DUAL_CRIMINALITY"
"""For an instrument without a list of its own grounds."""


@dataclass(frozen=True, slots=True)
class Law:
    """What the sample must know of an instrument: its grounds, and which fields its form requires (name, type, kinds)."""

    grounds: Sequence[str]
    fields: Sequence[tuple[str, str, Sequence[str]]]

    @classmethod
    def read(cls, instrument: Mapping[str, Any]) -> "Law":
        """From the answer of `GET /v1/instruments/{id}`."""
        fields = [(each["name"], each["type"], each.get("kinds") or ()) for each in instrument.get("form_fields") or () if each.get("required")]
        return cls([ground["code"] for ground in instrument.get("grounds") or ()], fields)

    def filled(self, kind: str) -> dict[str, Any]:
        """The required fields for a request of *kind*, with sandbox values."""
        values: Mapping[str, Any] = {"flag": True, "number": 1, "date": "2026-01-15", "code": "sample"}
        return {name: values.get(type_, "Sample text; no real case") for name, type_, kinds in self.fields if not kinds or kind in kinds}

    def ground(self, place: int) -> list[str]:
        """A ground for refusal."""
        return [self.grounds[place % len(self.grounds)]] if self.grounds else [COMMON_GROUND]


def parties(course: Course) -> tuple[str, str]:
    """Requesting and requested authority."""
    return (course.authority, course.counterpart) if course.direction == OUT else (course.counterpart, course.authority)


def opening(course: Course, law: Law) -> dict[str, Any]:
    """Members of the first move, without the parties."""
    return {**course.opening, "fields": law.filled(course.kind), "occurred_at": course.began.isoformat()}


def begun_here(course: Course, law: Law) -> dict[str, Any]:
    """The body of `POST /v1/requests` by the first authority, with all that happened since: for a counterpart that is no member."""
    history = [{"move": step.move, "occurred_at": step.at.isoformat(), "members": members(step, law)} for step in course.steps]
    return {**opened_here(course, law), "history": history}


def opened_here(course: Course, law: Law) -> dict[str, Any]:
    """The same, as it began."""
    body = opening(course, law)
    if course.direction == OUT:
        body |= {"direction": "outgoing", "requested": {"authority": course.counterpart}}
    else:
        own, theirs = body.pop("own_reference"), f"{course.counterpart[:2].upper()}-{course.number}/{course.began:%y}"
        body |= {"direction": "incoming", "from": course.counterpart, "own_reference": own, "counterpart_reference": theirs, "channel": "post"}
    return body


def drafted(course: Course, law: Law) -> dict[str, Any]:
    """The body of `POST /v1/requests` by the requesting authority, when both are members."""
    return {**opening(course, law), "direction": "outgoing", "requested": {"authority": parties(course)[1]}}


def steps_between_members(course: Course) -> list[Step]:
    """The steps when both sides act for themselves: what came in was sent by the other side first."""
    if course.direction == OUT:
        return course.steps
    return [Step(REQUESTING, "send", {"channel": "portal"}, course.began), *course.steps]


def members(step: Step, law: Law) -> dict[str, Any]:
    """The members of a step, its ground for refusal filled in."""
    grounds = step.members.get("grounds")
    named = {"grounds": law.ground(grounds["$ground"])} if isinstance(grounds, Mapping) else {}
    return {**step.members, **named}


def mover(step: Step, course: Course) -> str:
    """The authority that makes a step."""
    return parties(course)[0 if step.side == REQUESTING else 1]


def own_side(course: Course) -> str:
    """The side of the first authority."""
    return REQUESTING if course.direction == OUT else REQUESTED
