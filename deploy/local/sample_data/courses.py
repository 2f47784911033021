"""The courses of the sample: for each request its beginning, the turns it takes and its end. Deterministic by seed and end date."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from deploy.local.sample_data import turns
from deploy.local.sample_data.course import REQUESTED, REQUESTING, Course
from deploy.local.sample_data.shape import OUT, Place, Shares
from deploy.local.sample_data.substance import MEASURES, OFFENCES, SUBJECTS, SUBJECTS_OF_KINDS, instrument, measures_group
from deploy.local.sample_data.surrender import surrendered

DAYS = 730
YOUNG_DAYS = 20
SURRENDERS = ("eaw", "extradition", "provisional_arrest")
NO_EXECUTION = ("spontaneous_information", "enquiry", "joint_investigation_team")
AVAILABLE_FROM: Mapping[str, date] = {"EU-EEV-2023-1543": date(2026, 8, 18)}
"""Instruments that did not apply during the whole time of the sample."""

EVERY: Mapping[str, Sequence[tuple[str, ...]]] = {
    # group → turns that its first requests take for certain, so that each kind of turn is seen
    "assistance": (
        ("sent_back",), ("forwarded",), ("second_question",), ("postponed",), ("consultation",), ("translation",), ("extended",), ("corrected",),
        ("refused",), ("withdrawn",), ("reopened",), ("part",), ("superseded",), ("duplicate",), ("impossible",), ("draft",), ("discarded",),
        ("two_parts",), ("confidential",), ("restricted",), ("emergency",), ("unanswered_question",), ("sent_back_for_good",), ("reclassified",),
        ("draft",), ("conditions",), ("transmitted_again",), ("competes",), ("question", "postponed"), ("asked_for",),
        ("still_postponed",), ("still_consulting",), ("still_translating",),
    ),
    "surrender": (
        ("consent",), ("three_persons",), ("refused",), ("force_majeure",), ("withdrawn",), ("revoked",), ("released",), ("two_persons_one_refused",),
        ("humanitarian",), ("no_consent",),
    ),
}  # fmt: skip


def courses(places: Sequence[Place], central: Mapping[str, str], first: str, end: datetime, seed: int, shares: Shares) -> list[Course]:
    """A course for each place, numbered in order of time. *central*: State → authority; *first*: the one whose register it is."""
    rng = Random(f"{seed} begin")
    begins = sorted(((_began(place, end, rng), number) for number, place in enumerate(places)), key=lambda pair: pair[0])
    left = {group: list(entries) for group, entries in EVERY.items()}
    made = []
    for number, (began, index) in enumerate(begins, 1):
        place = places[index]
        course = _opened(place, number, began, end, central, first, Random(f"{seed} {number}"))
        group = "surrender" if place.kind in SURRENDERS else "assistance"
        _run(course, _forced(course, left[group]), shares)
        made.append(course)
    _link(made)
    return made


def _forced(course: Course, left: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The first entry of *left* that suits: a draft for a young request, the others mostly for older ones."""
    age = (course.end - course.began).days
    if course.kind in (*NO_EXECUTION, "production_order", "preservation") or (age >= YOUNG_DAYS and course.number % 3):
        return ()
    suits = [entry for entry in left if ("draft" in entry) == (age < YOUNG_DAYS)]
    if suits:
        left.remove(suits[0])
    return suits[0] if suits else ()


def _began(place: Place, end: datetime, rng: Random) -> datetime:
    """Some working hour in the two years before *end*; slightly more often lately."""
    earliest = AVAILABLE_FROM.get(instrument(place.kind, place.state), date.min)
    days = DAYS * (1 - rng.random() ** 0.85)
    day = (end - timedelta(days=max(days, 1))).date()
    if day < earliest:
        day = earliest + timedelta(days=rng.randrange(max((end.date() - earliest).days, 1)))
    while day.weekday() > 4 or day >= end.date():
        day -= timedelta(days=1)
    return datetime.combine(day, time(7 + rng.randrange(8), rng.randrange(60)), UTC)


def _opened(place: Place, number: int, began: datetime, end: datetime, central: Mapping[str, str], first: str, rng: Random) -> Course:
    other = "nl-provider" if place.kind == "production_order" else central[place.state]
    group = measures_group(place.kind)
    measures = rng.choice(MEASURES[group]) if group else ()
    opening: dict[str, Any] = {
        "kind": place.kind,
        "instrument": instrument(place.kind, place.state),
        "own_reference": f"S {number}/{began:%y}",
        "case": f"{1 + number % 9} T {10 + number // 2}/{began:%y}",
        "subject": SUBJECTS_OF_KINDS.get(place.kind) or SUBJECTS[measures[0]],
        "offences": sorted(rng.sample(OFFENCES, 1 + (number % 4 == 0))),
        "languages": ["en"],
        "measures": [{"type": each} for each in measures],
    }
    if group == "assistance" and rng.random() < 0.6:
        opening["persons"] = [{"id": "p1", "role": rng.choice(("suspect", "witness"))}]
    if rng.random() < 0.12:
        needed = (began + timedelta(days=rng.randrange(20, 90))).date()
        opening["urgency"] = {"level": "urgent", "reason": "hearing", "needed_by": needed.isoformat()}
    return Course(number, place.direction, first, other, opening, began, end, rng, now=began)


def _run(course: Course, forced: Sequence[str], shares: Shares) -> None:
    run: Callable[[Course, Sequence[str], Shares], None] = surrendered if course.kind in SURRENDERS else _noted if course.kind in NO_EXECUTION else _assisted
    run(course, forced, shares)


def _assisted(course: Course, forced: Sequence[str], shares: Shares) -> None:
    """Mutual assistance of every sort."""
    _dressed(course, forced)
    if "draft" in forced:
        return
    if "discarded" in forced:
        if course.direction == OUT:
            course.wait(10).move(REQUESTING, "discard", reason="No longer needed")
        return
    if course.direction == OUT:
        turns.send(course)
    if "sent_back_for_good" in forced:
        course.wait(5).move(REQUESTED, "send_back", missing=["languages"])
        return
    if course.direction == OUT and ("sent_back" in forced or course.chance(0.04)):
        turns.sent_back(course)
    turns.acknowledge(course, 4 if course.chance(0.8) else 20)
    if "forwarded" in forced or course.chance(0.12):
        turns.forwarded(course)
    turns.on_the_way(course, forced)
    if _ended_early(course, forced):
        return
    _executed(course, forced, turns.days_to_execute(course, shares))


def _dressed(course: Course, forced: Sequence[str]) -> None:
    """What the first fact says beside the usual."""
    for level in ("confidential", "restricted"):
        if level in forced:
            course.opening["confidentiality"] = level
    if "emergency" in forced:
        course.opening["urgency"] = {"level": "emergency", "reason": "danger_to_life"}
    if "asked_for" in forced:
        course.opening["urgency"] = {"level": "urgent", "reason": "limitation", "needed_by": (course.began + timedelta(days=60)).date().isoformat()}
    if course.kind == "production_order":
        course.opening["notification_required"] = course.number % 2 == 0


def _ended_early(course: Course, forced: Sequence[str]) -> bool:
    """Whether it is refused, withdrawn, closed: without results."""
    if "refused" in forced or course.chance(0.04):
        course.wait(30).move(REQUESTED, "refuse", grounds={"$ground": 0}, decided_by="court", consulted_at=course.now.date().isoformat())
    elif "withdrawn" in forced or course.chance(0.03):
        course.wait(45).move(REQUESTING, "withdraw", reason="The proceedings were ended")
    elif "impossible" in forced:
        course.wait(60).move(REQUESTED, "close", reason="impossible")
    elif "superseded" in forced or "duplicate" in forced:
        course.wait(20)
        reason = "superseded" if "superseded" in forced else "duplicate"
        course.later(REQUESTING if course.direction == OUT else REQUESTED, "close", reason=reason)
    else:
        return False
    return True


def _executed(course: Course, forced: Sequence[str], days: float) -> None:
    """Decided, executed line by line, returned, received."""
    course.wait(min(days * 0.35, 60), 0.6)
    is_part = "part" in forced or course.chance(0.08)
    course.move(REQUESTED, "decide", outcome="granted_in_part" if is_part else "granted")
    lines = [f"m{number}" for number in range(1, len(course.opening["measures"]) + 1)]
    for line in lines:
        outcome = "impossible" if is_part and line == lines[-1] else "executed"
        course.wait(days * 0.65 / len(lines), 0.6).move(REQUESTED, "complete_measure", measure=line, outcome=outcome)
        if "two_parts" in forced and line == lines[0] and len(lines) > 1:
            course.wait(2).move(REQUESTED, "return", final=False, items=[{"label": "First part of the records", "medium": "file"}])
            course.wait(4).move(REQUESTING, "confirm_receipt")
    if course.kind == "freezing":
        course.move(REQUESTED, "record_asset", type="frozen", amount=f"{course.rng.randrange(4, 900) * 1000}.00", currency="EUR")
    course.wait(8).move(REQUESTED, "return", final=True, items=[{"label": "Records of the execution", "medium": "parcel", "seal": f"SD-{course.number:04}"}])
    if course.chance(0.7):
        course.wait(6).move(REQUESTING, "confirm_receipt")
        if course.chance(0.2):
            course.wait(15).move(REQUESTING, "give_feedback", usefulness=course.one_of("high", "medium", "low"))
    if "reopened" in forced or course.chance(0.015):
        course.wait(30).move(REQUESTED, "reopen", reason="A further account was found")
        course.wait(25).move(REQUESTED, "return", final=True, items=[{"label": "Supplement", "medium": "file"}])
    if "reclassified" in forced and course.kind == "mla":
        course.later(REQUESTED, "reclassify", kind="service_of_documents", instrument=course.opening["instrument"], reason="It asked for service only")


def _noted(course: Course, forced: Sequence[str], shares: Shares) -> None:
    """What is tracked but is no request: information given, questions, joint teams."""
    if course.kind == "joint_investigation_team":
        starts = course.began.date()
        ends = starts + timedelta(days=365)
        mandate = {"starts": starts.isoformat(), "ends": ends.isoformat(), "crimes": ["fraud"], "lead": course.authority, "legal_basis": "Article 13"}
        course.opening["mandate"] = mandate
    if course.direction == OUT:
        turns.send(course)
    turns.acknowledge(course, 3)
    if course.kind == "joint_investigation_team":
        mandate = {**course.opening["mandate"], "ends": (course.began.date() + timedelta(days=545)).isoformat()}
        course.wait(300, 0).move(REQUESTING, "set_mandate", mandate=mandate, reason="The team goes on for half a year")
    elif course.kind == "spontaneous_information":
        course.wait(30).move(REQUESTED, "return", final=True)
    elif course.chance(0.8):
        course.wait(6).move(REQUESTED, "close", reason="other")


def _link(made: Sequence[Course]) -> None:
    """Requests that belong together: preservation and the request that follows it, competing warrants, what a superseded one was replaced by."""
    for course in made:
        for place, step in enumerate(course.afterwards):
            if step.move == "close":
                alike = (each for each in made if (each.counterpart, each.kind) == (course.counterpart, course.kind) and each.number > course.number)
                other = next(alike, None)
                member = "superseded_by" if step.members["reason"] == "superseded" else "duplicate_of"
                named = {member: {"$request": other.number}} if other else {}
                course.afterwards[place] = replace(step, members={**step.members, **named})
    preserved = [course for course in made if course.kind == "preservation" and course.direction == OUT]
    letters = [course for course in made if course.kind == "mla" and course.direction == OUT]
    for course in preserved:
        follower = next((each for each in letters if each.counterpart == course.counterpart and each.began > course.began), None)
        if follower is not None:
            follower.now = min(follower.began + timedelta(days=1), follower.end - timedelta(hours=1))
            follower.later(REQUESTING, "link", type="follows_preservation", request={"$request": course.number})
