"""Courses as calls: one call for a request whose other side is no member, one for each move between two members. Made again, they add nothing."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from deploy.local.sample_data.bodies import Law, begun_here, drafted, members, mover, parties, steps_between_members
from deploy.local.sample_data.client import Answer, Api, Unexpected, require
from deploy.local.sample_data.course import Course, Step

AT_ONCE = 4
PROGRESS_SECONDS = 2.0
STALE, OK, CREATED = 412, 200, 201


@dataclass(slots=True)
class Loader:
    """Loads courses with the keys of the members.

    Attributes:
        apis: member → the service as its desk reaches it.
        label: in every Idempotency-Key, so that the same sample is told from another one.
        ids: number of a course → id of its request.
    """

    apis: Mapping[str, Api]
    laws: Mapping[str, Law]
    label: str
    say: Callable[[str], None]
    ids: dict[int, str] = field(default_factory=dict)
    added: int = 0

    def load(self, courses: Sequence[Course]) -> None:
        """Every request with all its moves, then what names other requests."""
        told = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for count, _ in enumerate(pool.map(self._begin, courses), 1):
                if time.monotonic() - told > PROGRESS_SECONDS:
                    told = time.monotonic()
                    self.say(f"{count} of {len(courses)} requests")
        for course in courses:
            for place, step in enumerate(course.afterwards):
                self.make(course, step, f"after {place}", None)

    def _begin(self, course: Course) -> None:
        law = self.laws[course.opening["instrument"]]
        is_between_members = all(party in self.apis for party in parties(course))
        first = parties(course)[0] if is_between_members else course.authority
        body = drafted(course, law) if is_between_members else begun_here(course, law)
        version = self.begin(course, body, first)
        if is_between_members:
            for place, step in enumerate(steps_between_members(course)):
                version = self.make(course, step, f"step {place}", version).version

    def begin(self, course: Course, body: Mapping[str, Any], first: str) -> int | None:
        """The request is there, begun by the member *first*; its version."""
        answer = self.apis[first].post("/v1/requests", body, self._key(course, "begin"))
        require(f"request {course.number} ({course.kind})", answer, CREATED)
        self.ids[course.number] = answer.body["id"]
        self.added += not answer.replayed
        return answer.version

    def make(self, course: Course, step: Step, name: str, version: int | None) -> Answer:
        """One move; on a version that is no longer current, once more on the current one."""
        who = mover(step, course)
        api = self.apis.get(who, self.apis[course.authority])
        body = {**self._named(course, members(step, self.laws[course.opening["instrument"]])), "occurred_at": step.at.isoformat()}
        if who not in self.apis:
            body["on_behalf_of"] = who
        path = f"/v1/requests/{self.ids[course.number]}"
        answer = api.post(f"{path}/moves/{step.move}", body, self._key(course, name), version or self._version(api, path))
        if answer.status == STALE:
            answer = api.post(f"{path}/moves/{step.move}", body, self._key(course, name), self._version(api, path))
        return require(f"request {course.number}, {step.move}", answer, OK)

    @staticmethod
    def _version(api: Api, path: str) -> int | None:
        return require(path, api.get(path), OK).version

    def _named(self, course: Course, told: Mapping[str, Any]) -> dict[str, Any]:
        """The members with ids in place of numbers of courses and names of facts."""
        named = dict(told)
        for name, value in told.items():
            if isinstance(value, Mapping) and "$request" in value:
                named[name] = self.ids[value["$request"]]
            elif isinstance(value, Mapping) and "$fact" in value:
                named[name] = self._fact(course, value["$fact"])
        return named

    def _fact(self, course: Course, type_: str) -> str:
        api = self.apis[course.authority]
        answer = require("history", api.get(f"/v1/requests/{self.ids[course.number]}/history"), OK)
        found = [fact["id"] for fact in answer.body["facts"] if fact["type"] == type_]
        if not found:
            raise Unexpected(f"request {course.number} has no {type_}", answer)
        return str(found[-1])

    def _key(self, course: Course, name: str) -> str:
        return f"{self.label}-{course.number}-{name.replace(' ', '-')}"


def read_laws(api: Api, courses: Sequence[Course]) -> dict[str, Law]:
    """What the instruments of *courses* ask for."""
    wanted = sorted({course.opening["instrument"] for course in courses})
    return {id: Law.read(require(id, api.get(f"/v1/instruments/{id}"), OK).body) for id in wanted}
