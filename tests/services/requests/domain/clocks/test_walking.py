"""A walk that goes on where an earlier one ended comes to what a walk from the beginning comes to, whatever happened in between."""

from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.ledger import ClockState
from services.requests.domain.clocks.walking import Walked, walked
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded
from tests.builders import AUTHORITIES
from tests.services.requests.domain.clocks.stories import acknowledged_order, law_of, utc
from tests.services.requests.domain.clocks.walks import told

BEGAN = utc("2026-06-01T09:00")
PARTIES = {"requesting": facts.Party(authority="R", state="DE"), "requested": facts.Party(authority="E", state="CZ")}
WANTED = (facts.Person(id="p1", role="suspect"),)
DAYS = 24.0
History = list[Recorded[Fact]]


def add(history: History, fact_type: type[Fact], by: str, hours: float, told_hours: float | None = None, /, **members: object) -> History:
    """*history* and a fact of *hours* after its beginning, recorded at once or later."""
    at, recorded = (BEGAN + timedelta(hours=each) for each in (hours, hours if told_hours is None else told_hours))
    fact = fact_type(occurred_at=at, by=by, **members)  # type: ignore[arg-type]  # members are those of the fact
    return [*history, Recorded(UUID(int=len(history) + 1), len(history) + 1, recorded, fact)]


def drafted(kind: str = "eio", instrument: str = "EU-EIO") -> History:
    """A draft."""
    return add([], facts.RequestDrafted, "R", 0, kind=kind, instrument=instrument, persons=WANTED, **PARTIES)


def acknowledged(kind: str = "eio", instrument: str = "EU-EIO") -> History:
    """A request that was sent and acknowledged."""
    return add(add(drafted(kind, instrument), facts.RequestSent, "R", 1, channel="portal"), facts.RequestAcknowledged, "E", 2)


def surrender_granted() -> History:
    """A warrant whose surrender has a time limit that lapses after ten days."""
    arrested = add(acknowledged("eaw", "EU-EAW"), facts.PersonArrested, "E", 3, person="p1")
    return add(arrested, facts.SurrenderDecided, "E", 4, person="p1", outcome="granted")


def went_on(before: Walked, history: History, hours: float, law: Law | None = None) -> bool:
    """Whether a walk through *history* went on from *before*; either way it has to come to the same as one from the beginning."""
    law, now = law or law_of(), BEGAN + timedelta(hours=hours)
    found, fresh = walked(history, law, now, before), walked(history, law, now)
    assert told(found) == told(fresh)
    return _looked_at(before) <= _looked_at(found)


def _looked_at(found: Walked) -> set[int]:
    """The facts that last, each as it was looked at: a walk that goes on has the very same ones."""
    return {id(each) for happenings in found.walk.lasting.values() for each in happenings}


def walk_of(history: History, hours: float) -> Walked:
    """The walk through *history* so many hours after its beginning."""
    return walked(history, law_of(), BEGAN + timedelta(hours=hours))


def test_it_goes_on_over_facts_that_came_later() -> None:
    asked = add(acknowledged(), facts.InformationRequested, "E", 30, items=("time_range",))
    answered = add(add(asked, facts.StatusAsked, "R", 31, channel="portal"), facts.InformationSupplied, "R", 80, items=("time_range",))

    assert went_on(walk_of(acknowledged(), 3), answered, 81)


def test_the_earlier_walk_stays_as_it_was() -> None:
    before = walk_of(acknowledged(), 3)
    was = deepcopy({name: value for name, value in told(before).items() if name != "said"})
    asked = add(acknowledged(), facts.InformationRequested, "E", 30, items=("time_range",))
    extended = add(asked, facts.TimeLimitExtended, "E", 31, row="EIO-EXEC", reason="expert", length="P45D")
    received = add(extended, facts.RequestAcknowledged, "E", 32)
    assert went_on(before, add(received, facts.RequestWithdrawn, "R", 900 * DAYS), 901 * DAYS)

    now_told = told(before)
    assert {name: now_told[name] for name in was} == was


BEGIN_ANEW = [
    pytest.param(acknowledged(), (facts.InformationRequested, "E", 1.5, 90, {"items": ("time_range",)}), id="a fact from before the last one"),
    pytest.param(acknowledged(), (facts.RequestAmended, "R", 90, 90, {"changes": {"also_under": ["COE-030"]}}), id="other instruments"),
    pytest.param(acknowledged(), (facts.FactCorrected, "E", 90, 90, {"fact": str(UUID(int=3)), "values": {"void": True}}), id="a correction"),
    pytest.param(acknowledged(), (facts.RequestReclassified, "E", 90, 90, {"kind": "mla", "instrument": "COE-030"}), id="another kind"),
    pytest.param(surrender_granted(), (facts.PersonSurrendered, "E", 5 * DAYS, 60 * DAYS, {"person": "p1"}), id="a fact from before a lapse that it prevents"),
]


@pytest.mark.parametrize(("history", "later"), BEGIN_ANEW)
def test_it_begins_anew_after(history: History, later: tuple[type[Fact], str, float, float, dict[str, object]]) -> None:
    kind, by, hours, told_hours, members = later

    assert not went_on(walk_of(history, told_hours), add(history, kind, by, hours, told_hours, **members), told_hours)


def test_sending_begins_it_anew_because_the_law_of_that_day_counts() -> None:
    before, sent = walk_of(drafted(), 1), add(drafted(), facts.RequestSent, "R", 5 * DAYS, channel="portal")
    after = walked(sent, law_of(), BEGAN + timedelta(days=6), before)

    assert (before.walk.setting.as_of.day, after.walk.setting.as_of.day) == (1, 6)
    assert told(after) == told(walk_of(sent, 6 * DAYS))


def test_a_moment_before_a_lapse_begins_it_anew() -> None:
    late = walk_of(surrender_granted(), 60 * DAYS)
    assert any(run.state is ClockState.LAPSED for run in late.walk.runs)

    assert not went_on(late, surrender_granted(), 5)


def test_another_entry_in_the_directory_begins_it_anew() -> None:
    """It decides zone, calendar and membership: a walk from before would count by what is no longer so."""
    elsewhere = law_of({**AUTHORITIES, "E": replace(AUTHORITIES["E"], time_zone="Asia/Tokyo")})

    assert not went_on(walk_of(acknowledged(), 3), acknowledged(), 3, elsewhere)


def test_a_history_that_went_another_way_begins_it_anew() -> None:
    before = walk_of(add(acknowledged(), facts.DecisionTaken, "E", 5, outcome="granted"), 6)

    assert not went_on(before, acknowledged(), 6)


def test_every_step_of_a_story_may_be_walked_from_every_earlier_one() -> None:
    story = acknowledged_order()
    story.make("E", "request_information", items=["time_range"], hours=30)
    story.make("E", "postpone", reason="other", hours=30)
    story.make("R", "supply_information", items=["time_range"], hours=30, occurred_at=(story.now + timedelta(hours=10)).isoformat())
    story.make("E", "resume", reason="over", hours=900)
    story.make("E", "decide", outcome="granted", hours=9)
    ends = [number for number in range(1, len(story.facts)) if story.facts[number].recorded_at > story.facts[number - 1].recorded_at] + [len(story.facts)]
    moments: list[tuple[int, datetime]] = [(end, story.facts[end - 1].recorded_at) for end in ends]

    for end, at in moments:
        for earlier, then in moments:
            if earlier <= end:
                before = walked(story.facts[:earlier], story.law, then)
                assert told(walked(story.facts[:end], story.law, at, before)) == told(walked(story.facts[:end], story.law, at))
