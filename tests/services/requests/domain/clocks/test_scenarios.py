"""The scenario files with their clocks, played on domain and engine without a server; escalations and figures are played elsewhere."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.requests.domain.clocks.reading import Clock, named, overdue_from
from tests.builders import DATA
from tests.services.requests.domain.clocks.stories import ClockStory
from tests.services.requests.domain.test_scenarios import OF_THE_SHELL, Player

FILES = sorted((DATA / "scenarios").glob("*.yaml")) + sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))
DUES = ("nominal_due", "adjusted_due", "strict_due", "promised_due")


class ClockPlayer(Player):
    """Plays one scenario file and looks at the clocks."""

    def play(self, step: dict[str, Any]) -> None:
        for story in self.stories.values():
            story.now = self.instant(step["at"])
            assert isinstance(story, ClockStory)
            story.let_time_pass()
        if "request" in step and step.get("refused") not in OF_THE_SHELL:
            self.stories.setdefault(step["request"], ClockStory(self.authorities))
        super().play(step)

    def compare(self, step: dict[str, Any]) -> None:
        for letter, wanted in step["expect"].items():
            if letter == "figures":
                continue
            story = self.stories[letter]
            assert isinstance(story, ClockStory)
            clocks, where = story.clocks(), f"{step['at']} {letter}"
            if "overdue" in wanted:
                late = overdue_from(clocks)
                assert wanted["overdue"] is (late is not None and late <= story.now), f"{where} overdue"
            for name, members in wanted.get("clocks", {}).items():
                self.compare_clock(named(clocks, name), members, f"{where} {name}")

    def compare_clock(self, clock: Clock | None, wanted: dict[str, Any] | None, where: str) -> None:
        if wanted is None:
            assert clock is None, where
            return
        assert clock is not None, where
        found = {"nominal_due": clock.nominal, "adjusted_due": clock.adjusted, "strict_due": clock.strict, "promised_due": clock.run.promised}
        for name, value in wanted.items():
            if name in DUES:
                assert found[name] == self.due(value), f"{where} {name}"
            else:
                assert clock.as_members()[name] == value, f"{where} {name}"

    def due(self, written: Any) -> date | datetime:
        if isinstance(written, date) and not isinstance(written, datetime):
            return written
        text = str(written)
        return date.fromisoformat(text) if len(text) == len("2026-01-01") else self.instant(text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_scenario_holds_as_far_as_clocks_go(file: Path) -> None:
    scenario = yaml.safe_load(file.read_text())
    player = ClockPlayer(scenario)

    for step in scenario["steps"]:
        player.play(step)

    for story in player.stories.values():
        assert isinstance(story, ClockStory)
        assert story.settle() == [], "deriving again adds nothing"
