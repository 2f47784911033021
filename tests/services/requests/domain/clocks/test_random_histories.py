"""TIM-06: whatever is done to a request, and in whatever order it is told, the record agrees with the law, and the budgets add up.

Extensions, stops and restarts are facts, and a correcting fact takes each of them back.
"""

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.requests.domain.clocks.ledger import ClockState, Run
from services.requests.domain.clocks.reading import as_of, explain
from services.requests.domain.clocks.reckoning import due_moment
from services.requests.domain.clocks.walking import walked
from services.requests.domain.errors import DomainError
from shared.facts.clocks import ClockFact
from shared.facts.requests import FactCorrected
from tests.services.requests.domain.clocks.stories import ClockStory, acknowledged_order, sent_order
from tests.services.requests.domain.clocks.walks import told

PEOPLE = [{"id": "p1", "role": "suspect"}, {"id": "p2", "role": "suspect"}]
BOTH_SIDES: list[tuple[str, str, dict[str, Any]]] = [
    ("E", "acknowledge", {}),
    ("E", "forward", {"to": "X", "reason": "seat"}),
    ("X", "acknowledge", {}),
    ("E", "request_information", {"items": ["time_range"]}),
    ("R", "supply_information", {"items": ["time_range"]}),
    ("E", "postpone", {"reason": "other"}),
    ("E", "resume", {}),
    ("E", "decide", {"outcome": "granted"}),
    ("E", "complete_measure", {"measure": "m1", "outcome": "executed"}),
    ("E", "refuse", {"grounds": ["EIO-11-1-C"]}),
    ("R", "withdraw", {"reason": "given up"}),
    ("R", "reopen", {"reason": "again"}),
    ("E", "send_back", {"missing": ["facts_and_reasons"]}),
    ("R", "send", {"channel": "portal"}),
    ("E", "record_event", {"event": "notification.received"}),
    ("E", "record_event", {"event": "immunity.waived"}),
    ("E", "record_event", {"event": "request.full_received"}),
    ("E", "extend", {"clock": "EIO-RECOG", "reason": "court", "by": "P20D"}),
    ("E", "extend", {"clock": "EIO-EXEC", "reason": "expert", "by": "P45D"}),
]
OF_PERSONS: list[tuple[str, dict[str, Any]]] = [
    ("arrest", {}),
    ("give_consent", {}),
    ("revoke_consent", {}),
    ("decide_surrender", {"outcome": "granted"}),
    ("agree_surrender_date", {"date": "2026-08-20"}),
    ("postpone_surrender", {"reason": "force_majeure"}),
    ("postpone_surrender", {"reason": "humanitarian"}),
    ("surrender", {}),
    ("release", {}),
]
hours = st.integers(0, 24 * 45)


def consumed_days(run: Run, now: datetime) -> int:
    """Days of the nominal budget used up by *now*: from the start, without stops."""
    at = run.ended_at if run.ended_at is not None else now
    if run.state is ClockState.SUSPENDED and run.open_stops:
        at = min(each[0] for each in run.open_stops.values())
    start = run.start.astimezone(run.place.zone).date() if isinstance(run.start, datetime) else run.start
    stopped = sum((each.resumed_at.astimezone(run.place.zone).date() - each.stopped_at.astimezone(run.place.zone).date()).days for each in run.stops)
    return (at.astimezone(run.place.zone).date() - start).days - stopped


class RandomHistory(RuleBasedStateMachine):
    """Makes any move that is possible, corrects what it likes, and lets time pass."""

    story: ClockStory

    @initialize(kind=st.sampled_from(("order", "warrant", "treaty")))
    def begin(self, kind: str) -> None:
        if kind == "order":
            self.story = acknowledged_order("2026-06-01T09:00")
        elif kind == "warrant":
            self.story = sent_order(kind="eaw", instrument="EU-EAW", persons=PEOPLE)
        else:
            self.story = sent_order(kind="extradition", instrument="COE-024", also_under=["COE-209"], persons=PEOPLE)

    def try_move(self, by: str, move: str, members: dict[str, Any], pause: int, late: int) -> None:
        occurred = self.story.now + timedelta(hours=pause - min(late, pause))
        try:
            self.story.make(by, move, hours=pause, occurred_at=occurred.isoformat(), **members)
        except DomainError:
            self.story.settle()

    @rule(made=st.sampled_from(BOTH_SIDES), pause=hours, late=hours)
    def any_move(self, made: tuple[str, str, dict[str, Any]], pause: int, late: int) -> None:
        self.try_move(*made, pause, late)

    @rule(made=st.sampled_from(OF_PERSONS), person=st.sampled_from(("p1", "p2")), pause=hours, late=hours)
    def any_move_of_a_person(self, made: tuple[str, dict[str, Any]], person: str, pause: int, late: int) -> None:
        self.try_move("E", made[0], {**made[1], "person": person}, pause, late)

    @precondition(lambda self: len(self.story.facts) > 3)
    @rule(which=st.integers(2, 40), back=st.integers(-48, 48), void=st.booleans(), pause=hours)
    def any_correction(self, which: int, back: int, void: bool, pause: int) -> None:
        facts = [each for each in self.story.facts[2:] if not isinstance(each.fact, ClockFact | FactCorrected)]
        if not facts:
            return
        wrong = facts[which % len(facts)]
        values: dict[str, Any] = {"void": True} if void else {"occurred_at": (wrong.fact.occurred_at + timedelta(hours=back)).isoformat()}
        self.try_move(wrong.fact.by, "correct", {"fact": str(wrong.id), "values": values, "reason": "wrong"}, pause, 0)

    @rule(pause=hours)
    def time_passes(self, pause: int) -> None:
        self.story.now += timedelta(hours=pause)
        self.story.let_time_pass()

    @invariant()
    def the_record_lacks_nothing(self) -> None:
        if hasattr(self, "story"):
            self.story.let_time_pass()
            assert self.story.settle() == []

    @invariant()
    def strict_is_never_later_than_adjusted(self) -> None:
        for clock in self.clocks():
            assert due_moment(clock.strict, clock.run.place.zone) <= clock.due_at

    @invariant()
    def what_is_used_and_what_is_left_make_the_budget(self) -> None:
        for clock in self.clocks():
            run = clock.run
            if run.limit is None or run.row.unit == "hours" or not run.ledger or not isinstance(clock.nominal, date):
                continue
            begun = run.start if not isinstance(run.start, datetime) else run.start.date()
            budget = (clock.nominal - begun).days - run.stopped_days
            for at in (self.story.now, self.story.now + timedelta(days=3)):
                later = as_of(clock, at)
                rolled = (later.adjusted - clock.nominal).days  # type: ignore[operator]  # days, as the nominal date is one
                assert int(later.remaining.replace("-P", "P-").strip("PD")) - rolled + consumed_days(run, at) == budget

    @invariant()
    def the_same_history_gives_the_same_explanation(self) -> None:
        for clock in self.clocks():
            told = explain(self.story.facts, self.story.law, clock.id, self.story.now)
            assert told
            assert told == explain(self.story.facts, self.story.law, clock.id, self.story.now)

    @invariant()
    def a_walk_that_goes_on_is_the_one_from_the_beginning(self) -> None:
        if hasattr(self, "story"):
            story = self.story
            fresh = walked(story.facts, story.law, story.now)
            self.walked = walked(story.facts, story.law, story.now, getattr(self, "walked", None))
            assert told(self.walked) == told(fresh)

    @invariant()
    def an_ended_clock_says_when(self) -> None:
        assert all((clock.run.ended_at is None) is clock.run.open for clock in self.clocks())

    def clocks(self) -> Any:
        return self.story.clocks() if hasattr(self, "story") else []


RandomHistory.TestCase.settings = settings(
    max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
TestRandomHistory = RandomHistory.TestCase
