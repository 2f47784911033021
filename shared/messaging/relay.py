"""From the log to Kafka: everything committed, in the order of each stream, under dense numbers, again and again until it is acknowledged.

Two relays at once are wasteful, never wrong: numbers follow from the stored state, so a second relay sends copies, and its change of the state finds
another epoch. The lock only saves that waste.
"""

import random
import time
from collections.abc import Sequence
from threading import Event
from typing import Any

import psycopg
import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError
from psycopg import Connection

from shared.messaging.numbering import TopicEmptied, UndeclaredTopic, acknowledged, numbered
from shared.messaging.producer import Outgoing, PageFailed, discard, make_producer, send_page
from shared.messaging.watermarks import Marks, Watermark, to_record
from shared.storage import relay_state
from shared.storage.differences import first_page, next_page
from shared.storage.errors import OtherCluster
from shared.storage.pool import connect
from shared.storage.relay_state import RelayState
from shared.telemetry import metrics
from shared.telemetry.daemon import Health
from shared.wire.topics import WATERMARKS, Topic

log = structlog.get_logger(__name__)
PAGE = 1_000
PAGE_SECONDS = 10.0
SHORTEST_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.05
STANDBY_SECONDS = 0.2
AFTER_FAULT_SECONDS = 0.5
MARK_SECONDS = 1.0
SANDBOX_MARK_SECONDS = 0.05
BACKLOG_SECONDS = 5.0
HALTED_SECONDS = 5.0
UNANSWERED_SECONDS = 5.0  # a page has waited so long for its acknowledgement: not ready
HALTING = (TopicEmptied, UndeclaredTopic, OtherCluster)


class SteppedDown(Exception):
    """Another relay has taken over, or an operator refills the topics."""


class Relay:
    """One relay of one log. `run` returns when somebody asks to stop."""

    def __init__(
        self,
        dsn: str,
        bootstrap: str,
        stop: Event,
        topics: Sequence[Topic],
        *,
        watermarks: str = WATERMARKS,
        sandbox: bool = False,
        lock: bool = True,
        page: int = PAGE,
        health: Health | None = None,
    ) -> None:
        self.dsn, self.bootstrap, self.stop = dsn, bootstrap, stop
        self.topics = {topic.name: topic for topic in topics}
        self.watermark_topic, self.sandbox, self.lock, self.page = watermarks, sandbox, lock, page
        self.health = health or Health()
        self.marks = Marks()
        self._marked_at = self._published_at = self._measured_at = 0.0
        self._published: object = None
        self._last_moment: object = None
        self._fault: str | None = "not connected yet"
        self._sending_since: float | None = None
        self.health.ask("kafka", self._kafka)
        self._emptied_run: int | None = None
        self._run: int | None = None

    def run(self) -> None:
        """Relay until somebody asks to stop, through whatever the servers do."""
        while not self.stop.is_set():
            self.health.tick()
            try:
                self._follow()
            except HALTING as fault:
                self._halt(fault)
            except SteppedDown:
                self.stop.wait(random.uniform(STANDBY_SECONDS / 4, STANDBY_SECONDS))
            except (PageFailed, KafkaError, psycopg.OperationalError, psycopg.InterfaceError) as fault:
                self._stumble(fault)
            except Exception:  # the top of a loop: what was not acknowledged is sent again
                metrics.LOOP_FAILURES.labels("relay").inc()
                log.exception("relay_failed")
                self.stop.wait(AFTER_FAULT_SECONDS)

    def _stumble(self, fault: Exception) -> None:
        """A server is away or slow: tell it and go back to the last acknowledged fact."""
        metrics.RELAY_RESENDS.inc()
        part = "database" if isinstance(fault, psycopg.Error) else "kafka"
        if part == "kafka":
            self._fault = type(fault).__name__
        else:
            self.health.report(part, False, type(fault).__name__)
        log.warning("relay_interrupted", part=part, fault=type(fault).__name__, detail=str(fault)[:200])
        self.stop.wait(AFTER_FAULT_SECONDS)
        if part == "kafka":
            self._measure_apart()

    def _kafka(self) -> tuple[bool, str | None]:
        """Whether what is sent is acknowledged. Judged when somebody asks, because a page waits long for a broker that is gone."""
        if self._fault:
            return False, self._fault
        since = self._sending_since
        waiting = time.monotonic() - since if since is not None else 0.0
        return waiting < UNANSWERED_SECONDS, f"no answer for {waiting:.0f} s" if waiting >= UNANSWERED_SECONDS else None

    def _halt(self, fault: Exception) -> None:
        """Only an operator can help: say so, and look again now and then."""
        reason = getattr(fault, "code", type(fault).__name__)
        metrics.RELAY_HALTED.labels(reason).set(1)
        self.health.report("relay", False, reason)
        log.critical("relay_halted", reason=reason, detail=str(fault)[:200])
        self.stop.wait(HALTED_SECONDS)

    # --- one stretch with one producer and one connection -----------------------------------------------------------

    def _follow(self) -> None:
        producer = make_producer(self.bootstrap)
        try:
            self._fault = None
            with connect(self.dsn, "relay") as conn:
                conn.execute("SET plan_cache_mode = force_custom_plan")
                self.marks.forget()
                if self._wait_for_lock(conn):
                    self._lead(conn, producer, relay_state.take_over(conn))
        finally:
            discard(producer)

    def _wait_for_lock(self, conn: Connection[Any]) -> bool:
        self.health.report("database", True)
        while self.lock and not relay_state.try_lock(conn):
            self.health.report("relay", True, "standby")
            self.health.tick()
            if self.stop.wait(STANDBY_SECONDS):
                return False
        return True

    def _lead(self, conn: Connection[Any], producer: KafkaProducer, state: RelayState) -> None:
        if state.refilling:
            raise SteppedDown
        if state.run == self._emptied_run:
            raise TopicEmptied("the topics have not been filled anew yet")
        if state.run != self._run:
            self._run, self.marks, self._last_moment = state.run, Marks(), None
        metrics.RELAY_TAKEOVERS.inc()
        self.health.report("relay", True, "leading")
        log.info("relay_leads", run=state.run, epoch=state.epoch)
        pause = SHORTEST_PAUSE_SECONDS
        while not self.stop.is_set():
            self.health.tick()
            moved = self._round(conn, producer, state)
            pause = SHORTEST_PAUSE_SECONDS if moved else min(pause * 1.5, LONGEST_PAUSE_SECONDS)
            self.stop.wait(pause)

    def _round(self, conn: Connection[Any], producer: KafkaProducer, state: RelayState) -> bool:
        """One look, and the batch when there is one. Returns whether there was."""
        if self._is_mark_due():
            self.marks.add(*relay_state.mark(conn))
            self._marked_at = time.monotonic()
        probe = relay_state.look(conn, state.prev)
        if probe.run != state.run:  # nothing new, but another run: its watermarks must be told all the same
            raise SteppedDown
        self.sandbox = self.sandbox or probe.sandbox
        if probe.sandbox and probe.moment != self._last_moment:
            self._last_moment, self._marked_at = probe.moment, 0.0
        pending = probe.pending or state.target is not None
        delivered = self._batch(conn, producer, state) if pending else probe.snapshot
        if delivered is not None:
            self.marks.prove(delivered)
            self._publish(producer, state)
        self._measure(conn)
        return pending

    def _is_mark_due(self) -> bool:
        """Once a second; in a sandbox whenever its clock has moved (and never before it is set, or the floor would be the machine's time)."""
        if self.sandbox:
            return self._last_moment is not None and self._marked_at == 0.0
        return time.monotonic() - self._marked_at >= MARK_SECONDS

    def _batch(self, conn: Connection[Any], producer: KafkaProducer, state: RelayState) -> str | None:
        """Send everything between `prev` and a new target (or the one an earlier relay left). Returns the snapshot that is delivered."""
        if state.target is None:
            state.target, state.last_id = relay_state.set_target(conn, state), 0
        target = state.target
        if target is None:
            raise SteppedDown
        while not self.stop.is_set():
            self.health.tick()
            if state.last_id:
                page = next_page(conn, state.prev, target, state.last_id, self.page)
            else:
                page = first_page(conn, state.prev, target, self.page)
            seq = self._send(producer, state, page.envelopes) if page.envelopes else None
            if seq:
                state.seq, state.ends = seq
                state.last_id = page.ids[-1]
            if len(page.ids) < self.page:
                if not relay_state.batch_done(conn, state):
                    raise SteppedDown
                state.prev, state.target, state.last_id = target, None, 0
                return target
            if not relay_state.page_done(conn, state):
                raise SteppedDown
        return None

    def _send(self, producer: KafkaProducer, state: RelayState, page: Sequence[Any]) -> tuple[relay_state.Numbers, relay_state.Numbers]:
        """Send one page; the numbers and ends after it."""
        records, seq = numbered(page, state.seq, state.run, self.topics)
        with metrics.RELAY_PAGE_SECONDS.time():
            offsets = self._sent(producer, records)
        for name in self.topics:
            metrics.RELAYED.labels(name).inc(sum(record.topic == name for record in records))
        try:
            return seq, acknowledged(records, offsets, state.ends, self.topics)
        except TopicEmptied:
            self._emptied_run = state.run
            raise

    def _sent(self, producer: KafkaProducer, records: Sequence[Outgoing]) -> list[int]:
        """The offsets of *records*, once all are acknowledged."""
        self._sending_since = time.monotonic()
        try:
            return send_page(producer, records, PAGE_SECONDS, self.stop)
        except PageFailed as fault:
            self._fault = str(fault)
            raise
        finally:
            self._sending_since = None

    def _publish(self, producer: KafkaProducer, state: RelayState) -> None:
        """Tell readers how far W has come: when it has moved, at most once a second."""
        reached = self.marks.reached
        told = (state.run, reached)
        pause = SANDBOX_MARK_SECONDS if self.sandbox else MARK_SECONDS * 0.9
        if reached is None or told == self._published or time.monotonic() - self._published_at < pause:
            return
        records: list[Outgoing] = []
        for name, topic in self.topics.items():
            numbers = tuple(state.seq.get(name, ())) or (0,) * topic.partitions
            records.append(to_record(Watermark(name, state.run, numbers, reached), self.watermark_topic))
            metrics.WATERMARK.labels(name).set(reached.timestamp())
        self._sent(producer, records)
        self._published, self._published_at = told, time.monotonic()

    # --- how it does ------------------------------------------------------------------------------------------------

    def _measure(self, conn: Connection[Any]) -> None:
        if time.monotonic() - self._measured_at < BACKLOG_SECONDS:
            return
        self._measured_at = time.monotonic()
        waiting = relay_state.backlog(conn)
        metrics.RELAY_BACKLOG.set(waiting.facts)
        metrics.RELAY_BACKLOG_AGE.set(waiting.oldest_seconds)

    def _measure_apart(self) -> None:
        """Kafka is away; the alarm on the backlog must go off all the same."""
        try:
            with connect(self.dsn, "relay-backlog", statement_seconds=5) as conn:
                self._measure(conn)
        except psycopg.Error as fault:
            log.warning("backlog_unknown", fault=type(fault).__name__)


def run_relay(
    dsn: str, bootstrap: str, stop: Event, topics: Sequence[Topic], *, watermarks: str = WATERMARKS, sandbox: bool = False, health: Health | None = None
) -> None:
    """Relay the facts of *topics* from the log in *dsn* until *stop* is set. *sandbox*: no watermark before the test clock is set."""
    Relay(dsn, bootstrap, stop, topics, watermarks=watermarks, sandbox=sandbox, health=health).run()
