"""The scenario files, as far as states, holds, holders and refusals go; clocks, escalations and figures are played elsewhere."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
import yaml

from services.requests.domain.access import Reader
from services.requests.domain.errors import DomainError
from services.requests.domain.view import as_document
from shared.facts.directory import AuthorityView
from shared.facts.members import moment
from tests.builders import DATA, Story, law

FILES = sorted((DATA / "scenarios").glob("*.yaml"))
OF_THE_STEP = {"at", "by", "request", "move", "refused", "as", "if_match", "body", "fact", "to", "expect", "seen_by"}
# Answers that only the shell (references, versions) or the clocks can give.
OF_THE_SHELL = {"duplicate_reference", "stale_version"}
COMPARED = ("state", "hold", "holds", "holder", "measures", "costs", "conditions", "links", "persons", "kind", "instrument", "direction", "subject", "fields")


class Player:
    """Plays one scenario file on the deciders alone."""

    def __init__(self, scenario: dict[str, Any]) -> None:
        self.zone = ZoneInfo(scenario["time_zone"])
        self.authorities = {
            letter: AuthorityView(letter, each["state"], each["name"], each.get("role"), each.get("time_zone"), each.get("member", True))
            for letter, each in scenario["authorities"].items()
        }
        self.stories: dict[str, Story] = {}
        self.owner: dict[str, str] = {}
        self.named: dict[str, UUID] = {}

    def instant(self, written: Any) -> datetime:
        at = written if isinstance(written, datetime) else datetime.fromisoformat(str(written))
        return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)

    def play(self, step: dict[str, Any]) -> None:
        if "expect" in step:
            self.compare(step)
        elif step.get("refused") not in OF_THE_SHELL:
            self.move(step)

    def move(self, step: dict[str, Any]) -> None:
        story = self.stories.setdefault(step["request"], Story(self.authorities))
        self.owner.setdefault(step["request"], step["by"])
        story.now = self.instant(step["at"])
        if "refused" in step:
            with pytest.raises(DomainError) as refused:
                story.make(step["by"], step["move"], hours=0, **self.body(step, story))
            assert refused.value.code == step["refused"], f"{step}: {refused.value}"
            return
        made = story.make(step["by"], step["move"], hours=0, **self.body(step, story))
        if "as" in step:
            self.named[step["as"]] = made[0].id

    def body(self, step: dict[str, Any], story: Story) -> dict[str, Any]:
        body = {name: value for name, value in step.items() if name not in OF_THE_STEP} | copy.deepcopy(step.get("body", {}))
        if step["move"] in ("draft", "register"):
            body["persons"] = body.get("persons", [])
            required = law().get(body["instrument"]).required_fields(body["kind"]) if body["instrument"] in law() else ()
            given = body.get("fields", {})
            body["fields"] = {**dict.fromkeys(required, "sandbox"), **given}
        if "to" in step:
            body |= {"requested": {"authority": step["to"]}} if step["move"] == "draft" else {"to": step["to"]}
        if "fact" in step:
            body["fact"] = str(self.named[step["fact"]])
        if step["move"] == "link":
            body["request"] = str(uuid5(UUID(int=0), body["request"]))
        return self.written(body)  # type: ignore[no-any-return]  # a mapping stays one

    def written(self, value: Any, name: str = "") -> Any:
        """As JSON would have it: dates and moments as text, moments with an offset."""
        if isinstance(value, dict):
            return {each: self.written(member, each) for each, member in value.items()}
        if isinstance(value, list):
            return [self.written(each) for each in value]
        if isinstance(value, datetime) or name in ("occurred_at", "received_at", "moment"):
            return moment(self.instant(value))
        return value.isoformat() if hasattr(value, "isoformat") else value

    def compare(self, step: dict[str, Any]) -> None:
        for letter, wanted in step["expect"].items():
            if letter == "figures":
                continue
            reader = Reader(step.get("seen_by", self.owner[letter]))
            document = as_document(letter, self.stories[letter].so_far, reader)
            assert document is not None
            for name in COMPARED:
                if name in wanted:
                    matches(self.written(wanted[name]), document[name], f"{step['at']} {letter} {name}")


def matches(wanted: Any, found: Any, where: str) -> None:
    if isinstance(wanted, list):
        assert len(wanted) == len(found), where
        for each, other in zip(wanted, found, strict=True):
            matches(each, other, where)
    elif isinstance(wanted, dict):
        for name, value in wanted.items():
            if name == "request":
                value = str(uuid5(UUID(int=0), value))
            matches(value, found[name], f"{where} {name}")
    else:
        assert wanted == found, where


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_scenario_holds_as_far_as_states_and_refusals_go(file: Path) -> None:
    scenario = yaml.safe_load(file.read_text())
    player = Player(scenario)

    for step in scenario["steps"]:
        player.play(step)

    for story in player.stories.values():
        assert story.request is None or story.refolded() == story.so_far
