"""What is counted of a request, as rows of numbers: its head, episodes, holds, events, waits, clocks and holders.

Each kind of row is a fixed layout of little-endian numbers. Texts stand as codes (words.py), moments as microseconds since 1970.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from services.metrics.domain.course import HOLD_OPENS, Course, Hold, course
from services.metrics.domain.facts import Fact
from services.metrics.domain.knowledge import Known
from services.metrics.domain.runs import Due, steps
from services.metrics.domain.waits import EVENTS, STAGE_DECIDE, is_positive, waits
from services.metrics.domain.words import Words, mark

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1)
ONE_MICROSECOND = timedelta(microseconds=1)
NEVER = 2**62
"""Later than every moment: what has no end, or no due moment."""
NO_DAY = -(2**31)
"""The due day of a limit that is due at a moment."""

EXCLUDED = ("", "never_sent", "not_requests", "duplicates")
ENDS = ("", "returned_full", "returned_part", "refused", "withdrawn", "otherwise")
HOLDS = tuple(sorted(set(HOLD_OPENS.values())))
WAITS = (*EVENTS, STAGE_DECIDE)
OUTCOMES = ("", "acknowledged", "closed", "decided", "executed", "refused", "released", "returned", "surrendered", "withdrawn")
STATES = ("running", "suspended", "met", "met_late", "missed", "lapsed", "cancelled")
SYSTEM_CHANNELS = frozenset({"portal", "e-codex"})

COUNTED_FACTS = {
    "sent_back": "RequestSentBack",
    "retransmitted": "TransmissionRecorded",
    "forwarded": "RequestForwarded",
    "information_rounds": "InformationRequested",
    "postponed": "ExecutionPostponed",
}
PERSON_FACTS = {"arrested": "PersonArrested", "consented": "ConsentGiven", "surrendered": "PersonSurrendered", "released": "PersonReleased"}
MEASURE_OUTCOMES = ("executed", "refused", "impossible", "alternative")
EVENT_NAMES = (
    *("acknowledged", *COUNTED_FACTS, "granted", "granted_in_part", "executed_full", "executed_part"),
    *(f"measure_{outcome}" for outcome in MEASURE_OUTCOMES),
    *("sought", *PERSON_FACTS, "refused_on", "refused_by", "escalated"),
)
DECISION_TYPES = frozenset({"DecisionTaken", "SurrenderDecided"})


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of one kind of row."""

    fields: tuple[tuple[str, str], ...]

    @property
    def dtype(self) -> np.dtype[np.void]:
        """The layout of a row with its time of knowledge before its own fields."""
        return np.dtype([(name, f"<{form}") for name, form in (*KNOWN, *self.fields)])

    @property
    def packed(self) -> struct.Struct:
        """The same layout, one row at a time."""
        return struct.Struct("<" + "".join(_STRUCT[form] for _, form in (*KNOWN, *self.fields)))


_STRUCT = {"i8": "q", "i4": "i", "u1": "B"}
KNOWN = (("known_from", "i8"), ("known_until", "i8"))
LAYOUTS: Mapping[str, Layout] = {
    "head": Layout(
        (
            *((name, "i8") for name in ("requesting", "requested", "requesting_state", "requested_state", "kind", "instrument", "case_mark")),
            *((name, "i8") for name in ("arrived_at", "arrival_recorded_at", "corrected_at")),
            *(("measures", "i4"), ("excluded", "u1"), ("through_system", "u1")),
        )
    ),
    "episode": Layout((("began_at", "i8"), ("ended_at", "i8"), ("reason", "i8"), ("number", "i4"), ("end", "u1"))),
    "hold": Layout((("began_at", "i8"), ("ended_at", "i8"), ("reason", "u1"))),
    "rest": Layout((("began_at", "i8"), ("ended_at", "i8"))),
    "event": Layout((("at", "i8"), ("code", "i8"), ("name", "u1"))),
    "wait": Layout((("start", "i8"), ("stop", "i8"), ("name", "u1"), ("outcome", "u1"), ("consent", "u1"))),
    "clock": Layout(
        (
            *((name, "i8") for name in ("row", "stage", "since", "until", "adjusted_at", "strict_at")),
            *(("adjusted_on", "i4"), ("strict_on", "i4"), ("state", "u1")),
        )
    ),
    "holder": Layout((("authority", "i8"), ("since", "i8"), ("until", "i8"))),
}
KINDS = tuple(LAYOUTS)

Row = tuple[int, ...]


def micros(moment: datetime | None) -> int:
    """Microseconds since 1970; later than all where there is no moment."""
    return NEVER if moment is None else (moment - EPOCH) // ONE_MICROSECOND


def moment_of(micros: int) -> datetime:
    """The moment of so many microseconds since 1970."""
    return EPOCH + micros * ONE_MICROSECOND


def elements(known: Known, words: Words) -> dict[str, list[Row]]:
    """All rows of a request as it is known; their texts are kept in *words*."""
    found = course(known)
    arrived = found.arrival is not None
    return {
        "head": [_head(found, words)],
        "episode": list(_episodes(found, words)),
        "hold": [(micros(hold.began_at), micros(hold.ended_at), HOLDS.index(hold.reason)) for hold in found.holds],
        "rest": _rests(found.holds),
        "event": list(_events(found, words)) if arrived else [],
        "wait": list(_waits(found)) if arrived else [],
        "clock": list(_clocks(found, words)),
        "holder": list(_holders(found, words)),
    }


def _head(found: Course, words: Words) -> Row:
    arrival = found.arrival
    channel = None if arrival is None else arrival.get("how") or arrival.get("channel")
    return (
        words.code(found.requesting.authority),
        words.code(found.requested.authority),
        words.code(found.requesting.state),
        words.code(found.requested.state),
        words.code(found.kind),
        words.code(found.instrument),
        mark("\n".join(found.case)),
        NEVER if arrival is None else micros(arrival.occurred_at),
        NEVER if arrival is None else micros(arrival.recorded_at),
        -NEVER if found.corrected_at is None else micros(found.corrected_at),
        len(found.measures),
        EXCLUDED.index(found.excluded or ""),
        int(channel in SYSTEM_CHANNELS),
    )


def _episodes(found: Course, words: Words) -> Iterator[Row]:
    for number, episode in enumerate(found.episodes):
        reason, outcome = 0, "" if episode.ended_at is None else episode.outcome
        if outcome == "otherwise":
            said = episode.ending.get("reason") if episode.ending is not None else None
            reason = words.code(said if isinstance(said, str) else "not_recorded")
        yield micros(episode.began_at), micros(episode.ended_at), reason, number, ENDS.index(outcome)


def _rests(holds: tuple[Hold, ...]) -> list[Row]:
    """The times on hold for any reason, those that overlap or touch united."""
    united: list[tuple[int, int]] = []
    for began_at, ended_at in sorted((micros(hold.began_at), micros(hold.ended_at)) for hold in holds):
        if united and began_at <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], ended_at))
        else:
            united.append((began_at, ended_at))
    return list(united)


def _events(found: Course, words: Words) -> Iterator[Row]:
    for fact in found.by_type.get("RequestAcknowledged", ())[:1]:
        yield _event("acknowledged", fact)
    for name, counted in COUNTED_FACTS.items():
        yield from (_event(name, fact) for fact in found.by_type.get(counted, ()))
    if DECISION_TYPES & found.by_type.keys():
        first = next((fact for fact in found.facts if is_positive(fact)), None)
        if first is not None:
            yield _event("granted_in_part" if first.get("outcome") == "granted_in_part" else "granted", first)
    for fact in found.by_type.get("RequestExecuted", ()):
        yield _event("executed_part" if fact.get("outcome") == "part" else "executed_full", fact)
    for fact in found.by_type.get("MeasureCompleted", ()):
        if fact.get("outcome") in MEASURE_OUTCOMES:
            yield _event(f"measure_{fact.get('outcome')}", fact)
    for fact in found.by_type.get("EscalationReached", ()):
        yield _event("escalated", fact, words.code(str(fact.get("level"))))
    yield from _of_persons(found)
    yield from _refusals(found, words)


def _of_persons(found: Course) -> Iterator[Row]:
    arrived_at = micros(found.episodes[0].began_at)
    for person in sorted(set(map(found.person, found.persons))):
        yield arrived_at, mark(person), EVENT_NAMES.index("sought")
    for name, counted in PERSON_FACTS.items():
        for fact in found.by_type.get(counted, ()):
            yield _event(name, fact, mark(found.person(str(fact.get("person")))))


def _refusals(found: Course, words: Words) -> Iterator[Row]:
    """The grounds and the body of each episode that ended as refused."""
    for episode in found.episodes:
        if episode.end != "refused" or episode.ending is None:
            continue
        for ground in sorted({str(ground) for ground in episode.ending.get("grounds", ())}):
            yield _event("refused_on", episode.ending, words.code(ground))
        yield _event("refused_by", episode.ending, words.code(str(episode.ending.get("decided_by", "not_recorded"))))


def _event(name: str, fact: Fact, code: int = 0) -> Row:
    return micros(fact.occurred_at), code, EVENT_NAMES.index(name)


def _waits(found: Course) -> Iterator[Row]:
    for wait in waits(found):
        yield micros(wait.start), micros(wait.stop), WAITS.index(wait.name), OUTCOMES.index(wait.outcome or ""), int(wait.with_consent)


def _clocks(found: Course, words: Words) -> Iterator[Row]:
    for step in steps(found):
        adjusted, strict = step.adjusted, step.strict or step.adjusted
        yield (
            words.code(step.row),
            words.code(step.stage),
            micros(step.since),
            micros(step.until),
            NEVER if adjusted is None else micros(adjusted.moment),
            NEVER if strict is None else micros(strict.moment),
            _day(adjusted),
            _day(step.strict),
            STATES.index(step.state),
        )


def _day(due: Due | None) -> int:
    return NO_DAY if due is None or due.day is None else (due.day - EPOCH_DAY).days


def _holders(found: Course, words: Words) -> Iterator[Row]:
    """To whom the request was passed on, each until the next."""
    passed = [fact for fact in found.by_type.get("RequestForwarded", ()) if fact.get("to") is not None]
    for place, fact in enumerate(passed):
        until = passed[place + 1].occurred_at if place + 1 < len(passed) else None
        yield words.code(str(fact.get("to"))), micros(fact.occurred_at), micros(until)
