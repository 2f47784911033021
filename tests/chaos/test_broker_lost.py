"""The broker freezes, dies and comes back while facts are written: nothing is lost, nothing doubled in the rows, and writing never waits for it."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from os import kill
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from deploy.local.kafka import KafkaBroker
from deploy.local.places import free_ports
from tests.chaos.processes import follow, process, readiness, relay, write_until
from tests.chaos.test_relay_and_follower_killed import check_topic, is_all_acknowledged
from tests.fixtures.log import LogDatabase, declare_own_topics, in_background, tallied, told_by_log
from tests.waiting import until


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A broker that only the tests of this file use."""
    ports = free_ports()
    made = KafkaBroker(Path(tmp_path_factory.mktemp("broker")), next(ports), next(ports))
    made.start()
    yield made
    made.kill()


def facts_in_log(conn: Connection[Any]) -> int:
    row = conn.execute("SELECT count(*) FROM event").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("fault", ["frozen", "killed"])
def test_a_broker_that_goes_away_costs_time_and_nothing_else(log_database: LogDatabase, log_conn: Connection[Any], broker: KafkaBroker, fault: str) -> None:
    """OUT-05."""
    facts, marks = declare_own_topics(broker.bootstrap)
    with ExitStack() as running:
        running.enter_context(process(relay, log_database.app, broker.bootstrap, facts, marks))
        running.enter_context(process(follow, log_database.app, broker.bootstrap, facts, marks))
        with in_background(partial(write_until, log_database.app, facts.name, 5)):
            until(lambda: tallied(log_conn), 15)
            before = facts_in_log(log_conn)
            kill(broker.child.pid, signal.SIGSTOP) if fault == "frozen" else broker.kill()
            until(lambda: facts_in_log(log_conn) > before + 50, 10, "commands go on without the broker")
            kill(broker.child.pid, signal.SIGCONT) if fault == "frozen" else broker.start()
        until(lambda: is_all_acknowledged(log_conn), 45)
        until(lambda: tallied(log_conn) == told_by_log(log_conn), 25)

    check_topic(log_conn, broker.bootstrap, facts)


def test_readiness_tells_within_10_s_that_the_broker_is_gone_and_when_it_is_back(log_database: LogDatabase, broker: KafkaBroker) -> None:
    """OUT-10, the visible failure: nothing has to happen for it to be seen."""
    facts, marks = declare_own_topics(broker.bootstrap)
    free = free_ports()
    ports = [next(free), next(free)]

    def all_say(status: str) -> bool:
        return [(told := readiness(port)) and told["status"] for port in ports] == [status] * 2

    with ExitStack() as running:
        for work, port in zip((relay, follow), ports, strict=True):
            running.enter_context(process(work, log_database.app, broker.bootstrap, facts, marks, port))
        until(lambda: all_say("ready"), 20)

        broker.kill()
        until(lambda: all_say("not_ready"), 10, "both say that the broker is gone")
        assert [readiness(port)["checks"]["kafka"]["ready"] for port in ports] == [False, False]

        broker.start()
        until(lambda: all_say("ready"), 25, "both are ready again")
