"""Courses of persons sought: arrest, consent, decision, surrender, and what comes between."""

from collections.abc import Sequence
from datetime import timedelta

from deploy.local.sample_data import turns
from deploy.local.sample_data.course import REQUESTED, REQUESTING, Course
from deploy.local.sample_data.shape import OUT, Shares


def surrendered(course: Course, forced: Sequence[str], shares: Shares) -> None:
    """A warrant or an extradition from the beginning to the hand-over, or to its other end."""
    persons = 3 if "three_persons" in forced else 2 if "two_persons_one_refused" in forced else 1
    course.opening["persons"] = [{"id": f"p{number}", "role": "convicted" if course.number % 3 == 0 else "suspect"} for number in range(1, persons + 1)]
    if course.direction == OUT:
        turns.send(course)
    found = course.chance(0.62) or bool(forced)
    course.wait(1 if course.kind == "provisional_arrest" else 60, 1.0)
    if not found:
        turns.acknowledge(course, 2)
        if course.chance(0.3):
            course.wait(200).move(REQUESTING, "withdraw", reason="The warrant was lifted")
        return
    for person in course.opening["persons"]:
        course.move(REQUESTED, "arrest", person=person["id"])
    turns.acknowledge(course, 1)
    if "withdrawn" in forced:
        course.wait(9).move(REQUESTING, "withdraw", reason="The warrant was lifted")
        return
    if "released" in forced:
        course.wait(25).move(REQUESTED, "release", person="p1", reason="The papers did not arrive in time")
        return
    refused = "refused" in forced or course.chance(shares.refused_eaw)
    if refused and persons == 1:
        course.wait(shares.days_without_consent)
        course.move(REQUESTED, "refuse", grounds={"$ground": 0}, decided_by="court", consulted_at=course.now.date().isoformat())
        return
    for number, person in enumerate(course.opening["persons"]):
        _handed_over(course, person["id"], number, forced, shares)


def _handed_over(course: Course, person: str, number: int, forced: Sequence[str], shares: Shares) -> None:
    slow = 4 if course.kind == "extradition" else 1
    consents = "no_consent" not in forced and ("consent" in forced or "revoked" in forced or course.chance(shares.consent))
    if consents:
        course.wait(3).move(REQUESTED, "give_consent", person=person)
        if "revoked" in forced:
            course.wait(4).move(REQUESTED, "revoke_consent", person=person)
        course.wait(shares.days_with_consent * 0.7 * slow)
    else:
        course.wait(14).move(REQUESTED, "fix_hearing", person=person, date=(course.now + timedelta(days=10)).date().isoformat())
        course.wait(shares.days_without_consent * 0.7 * slow)
    if "two_persons_one_refused" in forced and number == 0:
        course.move(REQUESTED, "decide_surrender", person=person, outcome="refused").wait(1).move(REQUESTED, "release", person=person)
        return
    course.move(REQUESTED, "decide_surrender", person=person, outcome="granted")
    course.wait(2).move(REQUESTED, "agree_surrender_date", person=person, date=(course.now + timedelta(days=6)).date().isoformat())
    for obstacle in ("force_majeure", "humanitarian"):
        if obstacle in forced:
            course.wait(5).move(REQUESTED, "postpone_surrender", person=person, reason=obstacle)
            date = (course.now + timedelta(days=12)).date().isoformat()
            course.wait(3).move(REQUESTED, "agree_surrender_date", person=person, date=date, reason=obstacle)
    course.wait(7, 0.2).move(REQUESTED, "surrender", person=person)
