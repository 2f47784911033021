"""A scenario file as a value: who takes part, what happens when, and what must then be true. Faults name their line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

LOCAL_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2}|Z)?")
STEP_MEMBERS = frozenset({"at", "by", "request", "move", "refused", "as", "if_match", "body", "expect", "seen_by"})


class ScenarioFault(ValueError):
    """A scenario file cannot be played as it is written; the text names file, line and what to mend."""


@dataclass(frozen=True, slots=True)
class Party:
    """An authority that takes part under a letter.

    Attributes:
        desk_of: the letter of the authority of which it is another desk, if it is one.
        declared: members of the directory as the file gives them.
    """

    letter: str
    desk_of: str | None
    declared: Mapping[str, Any]

    @property
    def member(self) -> bool:
        """Whether it acts for itself in the sandbox."""
        return bool(self.declared.get("member", True))


@dataclass(frozen=True, slots=True)
class Step:
    """A move, or an expectation; *line* is its place in the file, *at* an aware moment."""

    line: int
    at: datetime
    by: str | None = None
    request: str | None = None
    move: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None
    names_fact: str | None = None
    if_match: int | None = None
    expect: Mapping[str, Any] | None = None
    seen_by: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One course of events."""

    id: str
    title: str
    zone: ZoneInfo
    parties: Mapping[str, Party]
    steps: tuple[Step, ...]
    path: Path

    def moment(self, value: Any) -> datetime:
        """*value* of the file as an aware moment; without an offset it is in the file's zone.

        Raises:
            ValueError: it is no moment.
        """
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return found if found.tzinfo else found.replace(tzinfo=self.zone)


def read_scenario(path: Path) -> Scenario:
    """The scenario in the file at *path*.

    Raises:
        ScenarioFault: it is no scenario; the first fault is named with its line.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise ScenarioFault(f"{path.name}: {fault}") from fault
    if not isinstance(root, yaml.MappingNode):
        raise ScenarioFault(f"{path.name}:1: a scenario is a list of members: id, title, time_zone, authorities, steps")
    nodes = {key.value: node for key, node in root.value}
    said = {name: _value(node) for name, node in nodes.items()}
    for name in ("id", "title", "authorities", "steps"):
        if not said.get(name):
            raise ScenarioFault(f"{path.name}:1: `{name}` is missing")
    scenario = Scenario(str(said["id"]), str(said["title"]), _zone(path, said.get("time_zone", "UTC")), _parties(path, said["authorities"]), (), path)
    return Scenario(scenario.id, scenario.title, scenario.zone, scenario.parties, tuple(_steps(scenario, nodes["steps"])), path)


def _value(node: yaml.Node) -> Any:
    loader = yaml.CSafeLoader("")
    try:
        return _as_written(loader.construct_document(node))
    finally:
        loader.dispose()


def _as_written(value: Any) -> Any:
    """*value* with the names that YAML takes for true and false as people wrote them: `on: promise`."""
    if isinstance(value, Mapping):
        return {("on" if name is True else name): _as_written(member) for name, member in value.items()}
    return [_as_written(each) for each in value] if isinstance(value, list) else value


def _zone(path: Path, name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise ScenarioFault(f"{path.name}: `time_zone: {name}` is no time zone; write one like Europe/Prague") from fault


def _parties(path: Path, said: Any) -> dict[str, Party]:
    if not isinstance(said, Mapping):
        raise ScenarioFault(f"{path.name}: `authorities` is a list of letters with their members")
    parties = {}
    for letter, members in said.items():
        declared = dict(members or {})
        if declared.get("state") is False:
            declared["state"] = "NO"  # YAML takes Norway for a refusal
        desk_of = declared.pop("desk_of", None)
        if desk_of is not None and desk_of not in said:
            raise ScenarioFault(f"{path.name}: authority {letter} is a desk of {desk_of}, which the file does not name")
        if desk_of is None and "state" not in declared:
            raise ScenarioFault(f"{path.name}: authority {letter} needs a `state`")
        parties[str(letter)] = Party(str(letter), desk_of, declared)
    return parties


def _steps(scenario: Scenario, node: yaml.Node) -> Iterator[Step]:
    if not isinstance(node, yaml.SequenceNode):
        raise ScenarioFault(f"{scenario.path.name}:{node.start_mark.line + 1}: `steps` is a list")
    for entry in node.value:
        line = entry.start_mark.line + 1
        said = _value(entry)
        if not isinstance(said, Mapping) or "at" not in said:
            raise ScenarioFault(f"{scenario.path.name}:{line}: a step needs `at`")
        yield _step(scenario, line, said)


def _step(scenario: Scenario, line: int, said: Mapping[str, Any]) -> Step:
    place = f"{scenario.path.name}:{line}"
    try:
        at = scenario.moment(said["at"])
    except ValueError as fault:
        raise ScenarioFault(f"{place}: `at: {said['at']}` is no moment; write one like 2026-06-01 09:00") from fault
    if "expect" in said:
        return Step(line, at, expect=said["expect"] or {}, seen_by=said.get("seen_by"))
    for name in ("by", "request", "move"):
        if not said.get(name):
            raise ScenarioFault(f"{place}: a move needs `{name}`")
    if said["by"] not in scenario.parties:
        raise ScenarioFault(f"{place}: `by: {said['by']}` is none of the authorities of this file")
    members = {name: value for name, value in said.items() if name not in STEP_MEMBERS} | dict(said.get("body") or {})
    return Step(
        line=line,
        at=at,
        by=said["by"],
        request=said["request"],
        move=said["move"],
        members=members,
        refused=said.get("refused"),
        names_fact=said.get("as"),
        if_match=said.get("if_match"),
    )


def on_the_wire(scenario: Scenario, value: Any) -> Any:
    """*value* of the file as the interface takes it: moments with an offset, dates as dates, the rest as it is."""
    if isinstance(value, datetime):
        return scenario.moment(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and LOCAL_MOMENT.fullmatch(value):
        return scenario.moment(value).isoformat()
    if isinstance(value, Mapping):
        return {name: on_the_wire(scenario, member) for name, member in value.items()}
    if isinstance(value, list):
        return [on_the_wire(scenario, entry) for entry in value]
    return value
