"""The sample played under the test clock: every move is recorded at the moment at which it happened, day by day, so that both times spread over two years."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

import psycopg

from deploy.local.sample_data.bodies import drafted, opened_here, parties, steps_between_members
from deploy.local.sample_data.client import Api, Unexpected
from deploy.local.sample_data.course import Course, Step
from deploy.local.sample_data.loader import Loader
from shared.storage.clock import set_test_clock, test_clock

PROGRESS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One move of one course: the first one begins the request."""

    at: datetime
    number: int
    place: int
    step: Step | None
    name: str


@dataclass(frozen=True, slots=True)
class TestClock:
    """The test clock of the request service, set beside it: nothing else runs while the sample is played."""

    __test__ = False

    database_url: str

    def stands(self) -> datetime | None:
        """Where it stands; None when there is none."""
        with psycopg.connect(self.database_url, autocommit=True) as conn:
            return test_clock(conn)

    def start(self, at: datetime) -> None:
        """It stands at *at*, or where an earlier try has brought it."""
        with psycopg.connect(self.database_url, autocommit=True) as conn:
            set_test_clock(conn, at)

    def end(self) -> None:
        """There is no test clock any more: the machine's clock counts."""
        with psycopg.connect(self.database_url, autocommit=True) as conn:
            conn.execute("DELETE FROM test_clock")


def turns(courses: Iterable[Course], members: Iterable[str]) -> list[Turn]:
    """Every move of *courses* in order of time, at one moment what begins first; what names another request waits until that one has begun."""
    own = frozenset(members)
    began = {course.number: course.began for course in courses}
    found: list[Turn] = []
    for course in courses:
        steps = steps_between_members(course) if own >= set(parties(course)) else course.steps
        found.append(Turn(course.began, course.number, 0, None, "begin"))
        found += [Turn(max(step.at, course.began), course.number, place, step, f"step {place}") for place, step in enumerate(steps, 1)]
        found += [
            Turn(max(step.at, *_named(step, began), course.began), course.number, len(steps) + place, step, f"after {place}")
            for place, step in enumerate(course.afterwards, 1)
        ]
    return sorted(found, key=lambda turn: (turn.at, turn.step is not None, turn.number, turn.place))


def _named(step: Step, began: Mapping[int, datetime]) -> Iterator[datetime]:
    yield step.at
    yield from (began[value["$request"]] for value in step.members.values() if isinstance(value, Mapping) and "$request" in value)


@dataclass(slots=True)
class Player:
    """Plays turns through the public interface; the clock goes from day to day."""

    loader: Loader
    admin: Api
    say: Callable[[str], None]
    versions: dict[int, int | None] = field(default_factory=dict)

    def play(self, courses: Sequence[Course], wanted: Sequence[Turn]) -> None:
        """Every turn, in order; each day's at the end of its last one."""
        by_number, told, done = {course.number: course for course in courses}, time.monotonic(), 0
        for _, of_day in groupby(wanted, key=lambda turn: turn.at.date()):
            today = list(of_day)
            self._set_clock(today[-1].at)
            for turn in today:
                self._take(by_number[turn.number], turn)
            done += len(today)
            if time.monotonic() - told > PROGRESS_SECONDS:
                told = time.monotonic()
                self.say(f"{done} of {len(wanted)} moves, up to {today[-1].at:%d %b %Y}")

    def _set_clock(self, at: datetime) -> None:
        answer = self.admin.call("PUT", "/v1/sandbox/clock", {"now": at.isoformat()})
        if answer.status not in (200, 422):  # 422: an earlier try was further; what it did is told again
            raise Unexpected("the test clock", answer)

    def _take(self, course: Course, turn: Turn) -> None:
        if turn.step is None:
            law = self.loader.laws[course.opening["instrument"]]
            is_between_members = all(party in self.loader.apis for party in parties(course))
            body = drafted(course, law) if is_between_members else opened_here(course, law)
            self.versions[course.number] = self.loader.begin(course, body, parties(course)[0] if is_between_members else course.authority)
        else:
            self.versions[course.number] = self.loader.make(course, turn.step, turn.name, self.versions[course.number]).version
