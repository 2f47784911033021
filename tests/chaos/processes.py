"""Processes that the tests of this folder kill. They come from a fork server that has everything imported, so that a start costs little."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Event
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import UUID, uuid4

from shared.messaging.consumer import Follower
from shared.messaging.relay import Relay
from shared.storage.event_log import Due, TextKey
from shared.storage.pool import connect, open_pool
from shared.telemetry.daemon import Health, health_server, stop_when_asked
from shared.telemetry.logging import configure_logging
from shared.wire.topics import Topic
from tests.fixtures.log import NOON, Tally, put

END_SECONDS = 10


def relay(dsn: str, bootstrap: str, facts: Topic, marks: Topic, health_port: int = 0) -> None:
    """Relay until asked to stop."""
    configure_logging("chaos", "CRITICAL")
    health = Health()
    with health_server(health_port, "relay", health):
        Relay(dsn, bootstrap, stop_when_asked(), [facts], watermarks=marks.name, page=20, health=health).run()


def follow(dsn: str, bootstrap: str, facts: Topic, marks: Topic, health_port: int = 0) -> None:
    """Feed the tally until asked to stop."""
    configure_logging("chaos", "CRITICAL")
    health, group = Health(), f"group-{facts.name}"
    with open_pool(dsn, name="follower") as pool, health_server(health_port, "follower", health):
        Follower(pool, bootstrap, group, [Tally(facts.name)], stop_when_asked(), watermarks=marks.name, instance="only", health=health).run()


def readiness(health_port: int) -> Any:
    """The answer of a process to whether it is ready; nothing while it does not answer."""
    try:
        with urlopen(f"http://127.0.0.1:{health_port}/readyz", timeout=2) as answer:
            return json.load(answer)
    except HTTPError as refusal:
        with refusal:
            return json.load(refusal)
    except OSError:
        return None


def write(dsn: str, ledger: Path) -> None:
    """Append for ever to a stream of its own. The ledger has each command before it is sent and after it was answered."""
    stream, version = uuid4(), 0
    with connect(dsn, "writer") as conn, ledger.open("a", buffering=1) as told:
        for number in count(1):
            command = UUID(int=(stream.int & ~0xFFFFFFFF) | number)
            told.write(f"sent {command}\n")
            facts, odd = 1 + number % 3, number % 2
            due = (Due(f"kind {number}", NOON),) if odd else ()
            keys = (TextKey(uuid4(), b"key"),) if odd else ()
            answer = put(conn, stream, version, facts, command=command, due=due, text_keys=keys)
            version += facts
            told.write(f"{answer.outcome} {command}\n")


@contextmanager
def process(work: Callable[..., None], *arguments: object) -> Iterator[ForkServerProcess]:
    """*work* as a process of its own; it does not outlive the block."""
    server = get_context("forkserver")
    server.set_forkserver_preload(["tests.chaos.processes"])
    started = server.Process(target=work, args=arguments, daemon=True)
    started.start()
    try:
        yield started
    finally:
        started.kill()
        started.join(END_SECONDS)


def write_until(dsn: str, topic_name: str, streams: int, stop: Event) -> None:
    """Append to several streams in turn, one or two facts a command, until asked to stop."""
    ids, versions = [uuid4() for _ in range(streams)], [0] * streams
    with connect(dsn, "writer") as conn:
        for number in count():
            if stop.wait(0.003):
                return
            at, facts = number % streams, 1 + number % 2
            assert put(conn, ids[at], versions[at], facts, topic=topic_name).outcome == "ok"
            versions[at] += facts
