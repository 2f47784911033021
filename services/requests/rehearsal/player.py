"""Plays a scenario step by step and tells it like a story: what was done, what held and what did not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from services.requests.rehearsal.judging import differences, escalation_differences, figure_differences
from services.requests.rehearsal.sandbox import Answer, Sandbox
from services.requests.rehearsal.scenario import Party, Scenario, Step, on_the_wire

AUTHORITY_MEMBERS = frozenset({"to", "from", "on_behalf_of", "authority"})
CREATING = frozenset({"draft", "register"})


class Player:
    """One playing of one scenario against an empty sandbox.

    Attributes:
        held: expectations that were so.
        failed: those that were not, with place and difference.
    """

    def __init__(self, sandbox: Sandbox, scenario: Scenario, say: Callable[[str], None]) -> None:
        self._sandbox, self._scenario, self._say = sandbox, scenario, say
        self._names: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._requests: dict[str, str] = {}
        self._first: dict[str, str] = {}
        self._facts: dict[str, str] = {}
        self._now: datetime | None = None
        self.held = 0
        self.failed: list[str] = []

    def play(self) -> None:
        """Play every step in order.

        Raises:
            SandboxRefused: the sandbox cannot be used.
        """
        self._say(f"{self._scenario.id}: {self._scenario.title}")
        self._sandbox.reset()
        self._clock(self._scenario.steps[0].at)
        for party in self._scenario.parties.values():
            self._join(party)
        for step in self._scenario.steps:
            self._clock(step.at)
            if step.expect is not None:
                self._expect(step)
            else:
                self._move(step)

    def _clock(self, at: datetime) -> None:
        if self._now is None or at > self._now:
            self._sandbox.set_clock(at)
            self._now = at

    def _join(self, party: Party) -> None:
        if party.desk_of is None:
            identity = f"{self._scenario.id}-{party.letter}".lower()
            self._names[party.letter] = identity
            declared = {name: value for name, value in party.declared.items() if name in ("state", "name", "role", "time_zone", "languages", "declarations")}
            body = {"id": identity, "name": f"Authority {party.letter}", "member": party.member, **declared}
            self._sandbox.administer("/v1/authorities", on_the_wire(self._scenario, body))
        else:
            self._names[party.letter] = self._names[party.desk_of]
        if party.member:
            desk = f"desk-{party.letter}".lower()
            made = self._sandbox.administer(f"/v1/authorities/{self._names[party.letter]}/keys", {"role": "desk", "desk": desk})
            self._keys[party.letter] = made["key"]

    def _move(self, step: Step) -> None:
        assert step.by is not None
        assert step.request is not None
        if step.by not in self._keys:
            return self._fail(step, f"{step.by} is no member and has no key; a member moves on its behalf")
        before = self._version(step)
        answer = self._create(step) if step.move in CREATING else self._make(step, before)
        self._first.setdefault(step.request, step.by)
        if step.move in CREATING and answer.status < 400:
            self._requests[step.request] = answer.body["id"]
        outcome = answer.code or ("done" if answer.status < 400 else str(answer.status))
        self._say(f"  {_day(step.at)}  {step.by} {step.move} {step.request}: {outcome}")
        if step.refused is not None:
            return self._judge(step, [] if answer.code == step.refused else [f"expected {step.refused}, got {outcome}"])
        if answer.status >= 400:
            return self._fail(step, f"{step.move} was refused: {outcome}: {answer.body}")
        if step.names_fact:
            self._facts[step.names_fact] = self._fact_after(step, before)
        return None

    def _create(self, step: Step) -> Answer:
        body = self._body(step)
        if step.move == "draft":
            body["direction"], body["requested"] = "outgoing", {"authority": body.pop("to")}
            body["fields"] = self._filled(step, body)
        else:
            body["direction"] = "incoming"
        assert step.by is not None
        return self._sandbox.post("/v1/requests", self._keys[step.by], body)

    def _make(self, step: Step, version: int) -> Answer:
        assert step.by is not None
        identity = self._requests.get(step.request or "", "")
        stated = step.if_match if step.if_match is not None else version
        return self._sandbox.post(f"/v1/requests/{identity}/moves/{step.move}", self._keys[step.by], self._body(step), stated)

    def _body(self, step: Step) -> dict[str, Any]:
        body = {name: self._put(name, value) for name, value in step.members.items()}
        wired: dict[str, Any] = on_the_wire(self._scenario, body)
        return wired

    def _put(self, name: str, value: Any) -> Any:
        """*value* with the letter of an authority, a request or a fact replaced by its id."""
        if name in AUTHORITY_MEMBERS and isinstance(value, str):
            return self._names.get(value, value)
        if name in ("request", "duplicate_of", "superseded_by") and isinstance(value, str):
            return self._requests.get(value, value)
        if name == "fact" and isinstance(value, str):
            return self._facts.get(value, value)
        if name == "history" and isinstance(value, list):
            return [{member: self._put(member, part) for member, part in entry.items()} for entry in value]
        return value

    def _filled(self, step: Step, body: Mapping[str, Any]) -> dict[str, Any]:
        """The form fields that the instrument requires with sandbox values, then what the step says; null leaves one empty."""
        assert step.by is not None
        found = self._sandbox.get("requests", f"/v1/instruments/{body['instrument']}", self._keys[step.by], {"kind": body.get("kind")})
        fields = found.body.get("form_fields", []) if found.status == 200 else []
        kinds = [entry for entry in fields if entry.get("required") and (not entry.get("kinds") or body.get("kind") in entry["kinds"])]
        filled = {entry["name"]: SANDBOX_VALUES.get(entry.get("type", "text"), "Sandbox value") for entry in kinds}
        said = {**filled, **(body.get("fields") or {})}
        return {name: value for name, value in said.items() if value is not None}

    def _version(self, step: Step) -> int:
        identity = self._requests.get(step.request or "")
        if identity is None or step.by is None:
            return 0
        found = self._sandbox.get("requests", f"/v1/requests/{identity}", self._keys[step.by])
        return int(found.body["version"]) if found.status == 200 else 0

    def _fact_after(self, step: Step, version: int) -> str:
        assert step.by is not None
        path = f"/v1/requests/{self._requests[step.request or '']}/history"
        facts = self._sandbox.get("requests", path, self._keys[step.by], {"after_version": version}).body["facts"]
        return str(next(fact["id"] for fact in facts if not fact["type"].startswith("Clock")))

    def _expect(self, step: Step) -> None:
        assert step.expect is not None
        for letter, expected in step.expect.items():
            if letter == "figures":
                for question in expected if isinstance(expected, list) else [expected]:
                    self._judge(step, self._figures(question))
            elif letter not in self._requests:
                self._fail(step, f"{letter} was never made")
            else:
                self._judge(step, self._request(step, letter, expected))

    def _request(self, step: Step, letter: str, expected: Any) -> list[str]:
        key, identity = self._keys[step.seen_by or self._first[letter]], self._requests[letter]
        found = self._sandbox.get("requests", f"/v1/requests/{identity}", key)
        if expected is None:
            return [] if found.status == 404 else [f"{letter}: expected not to be seen, answered {found.status}"]
        if found.status != 200:
            return [f"{letter}: answered {found.status} {found.code}"]
        names = {**self._names, **self._requests}
        lines = differences(self._scenario, letter, expected, found.body, names)
        if "escalations" in expected:
            reached = self._sandbox.get("notifications", "/v1/escalations", key, {"request": identity, "limit": 200})
            ordered = sorted(reached.body.get("escalations", []), key=lambda one: (one["reached_at"], one["level"])) if reached.status == 200 else []
            lines += escalation_differences(letter, expected["escalations"], ordered)
        return lines

    def _figures(self, question: Mapping[str, Any]) -> list[str]:
        query = {name: self._names.get(str(value), value) for name, value in question["query"].items()}
        asking = next((letter for letter, name in self._names.items() if name == query.get("authority") and letter in self._keys), next(iter(self._keys)))
        answer = self._sandbox.get("metrics", "/v1/figures", self._keys[asking], on_the_wire(self._scenario, query))
        if answer.status != 200:
            return [f"figures: answered {answer.status} {answer.code}"]
        return figure_differences(self._scenario, question["equals"], answer.body)

    def _judge(self, step: Step, lines: list[str]) -> None:
        if lines:
            for line in lines:
                self._fail(step, line)
        else:
            self.held += 1
            self._say(f"  {_day(step.at)}  held (line {step.line})")

    def _fail(self, step: Step, line: str) -> None:
        self.failed.append(f"{self._scenario.path.name}:{step.line}: {line}")
        self._say(f"  {_day(step.at)}  FAILED (line {step.line}): {line}")


SANDBOX_VALUES: Mapping[str, Any] = {"text": "Sandbox value", "code": "sandbox", "date": "2026-01-01", "flag": True, "number": 1}


def _day(at: datetime) -> str:
    return at.strftime("%a %Y-%m-%d %H:%M")
