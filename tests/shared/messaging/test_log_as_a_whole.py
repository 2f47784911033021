"""A model of the log beside the real one: whatever commands come, with whatever versions, twice or not, log, topic and rows tell what the model tells."""

from typing import Any, ClassVar
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test
from psycopg import Connection

from shared.messaging.consumer import Follower
from shared.messaging.relay import Relay
from shared.storage.combiner import Combiner
from shared.storage.event_log import Command, meta, read_stream, verify_stream
from shared.storage.pool import Pool
from shared.wire.topics import Topic
from tests.fixtures.log import LogDatabase, Tally, fact, in_background, tallied
from tests.waiting import until

Model = dict[UUID, list[UUID]]


class Log(RuleBasedStateMachine):
    """Commands against one database. A test says which, by a subclass."""

    conn: ClassVar[Connection[Any]]
    pool: ClassVar[Pool]
    topic: ClassVar[str]
    everything: ClassVar[Model]
    """What all runs together have appended."""

    streams, done = Bundle("streams"), Bundle("done")

    def __init__(self) -> None:
        super().__init__()
        self.model: Model = {}
        self.combiner = Combiner(self.pool)

    def command(self, stream: UUID, expected: int, facts: int) -> Command:
        events = [fact(expected + step + 1) for step in range(facts)]
        return Command(uuid4(), b"same", self.topic, stream, str(stream), expected, events, meta())

    @rule(target=streams)
    def begin(self) -> UUID:
        stream = uuid4()
        self.model[stream] = []
        return stream

    @rule(target=done, stream=streams, facts=st.integers(1, 3))
    def append(self, stream: UUID, facts: int) -> Command:
        command = self.command(stream, len(self.model[stream]), facts)
        answer = self.combiner.append_command(command)
        assert (answer.outcome, answer.first, answer.last) == ("ok", command.expected + 1, command.expected + facts)
        self.model[stream] += [event.id for event in command.events]
        return command

    @rule(stream=streams, off=st.sampled_from([-2, -1, 1, 5]), facts=st.integers(1, 3))
    def expect_wrongly(self, stream: UUID, off: int, facts: int) -> None:
        expected = len(self.model[stream]) + off
        if expected >= 0:
            answer = self.combiner.append_command(self.command(stream, expected, facts))
            assert (answer.outcome, answer.last) == ("conflict", len(self.model[stream]))

    @rule(command=consumes(done))
    def repeat(self, command: Command) -> None:
        answer = self.combiner.append_command(command)
        assert (answer.outcome, answer.first) == ("replayed", command.expected + 1)

    @invariant()
    def the_log_tells_what_the_model_tells(self) -> None:
        for stream, ids in self.model.items():
            assert [UUID(envelope.id) for envelope in read_stream(self.conn, stream)] == ids

    def teardown(self) -> None:
        self.combiner.close()
        for stream, ids in self.model.items():
            found = verify_stream(self.conn, stream)
            assert (found.intact, found.facts) == (True, len(ids))
        self.everything.update({stream: ids for stream, ids in self.model.items() if ids})


def test_log_topic_and_rows_tell_what_the_model_tells(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    """EVT-02, EVT-03, OUT-02."""
    facts, marks = own_topics
    everything: Model = {}
    here = type("Here", (Log,), {"conn": log_conn, "pool": log_pool, "topic": facts.name, "everything": everything})
    tried = settings(max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck))
    with (
        in_background(lambda stop: Relay(log_database.app, kafka_bootstrap, stop, [facts], watermarks=marks.name, page=4).run()),
        in_background(lambda stop: Follower(log_pool, kafka_bootstrap, facts.name, [Tally(facts.name)], stop, watermarks=marks.name).run()),
    ):
        run_state_machine_as_test(here, settings=tried)
        wanted = {stream: (len(ids), len(ids), len(ids) * (len(ids) + 1) // 2) for stream, ids in everything.items()}
        until(lambda: {row[0]: row[1:] for row in tallied(log_conn)} == wanted, 10)

    assert wanted
