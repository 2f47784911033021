"""Projections fed from Kafka. The group says who reads what; the position in PostgreSQL says what counts; Kafka's own offsets are a mirror for tools."""

import time
from collections.abc import Iterable, Mapping, Sequence
from threading import Event
from typing import Any

import psycopg
import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import (
    CoordinatorNotAvailableError,
    KafkaError,
    LogTruncationError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    UnknownTopicOrPartitionError,
)
from kafka.structs import OffsetAndMetadata
from psycopg_pool import PoolTimeout

from shared.messaging import reading
from shared.messaging.batches import Batch, Sorted
from shared.messaging.projection import Fenced, Projection, TooManyParked
from shared.messaging.reachable import require_broker
from shared.messaging.takeover import Takeover
from shared.storage import parking, positions
from shared.storage.pool import Pool
from shared.storage.positions import Move, Place
from shared.storage.retrying import AGAIN
from shared.telemetry import metrics
from shared.telemetry.daemon import Health
from shared.wire.topics import WATERMARKS

log = structlog.get_logger(__name__)
POLL_MS = 200
CLOSE_MS = 3_000
AFTER_FAULT_SECONDS = 0.5
MIRROR_SECONDS = 1.0
GAP_ALARM_SECONDS = 30.0
UNHEARD_SECONDS = 5.0  # the group has taken nothing from this member for so long: not ready
UNSEATED_SECONDS = 10.0  # longer than the session of a member that died, so that the group has settled without it: join again
SETTINGS: dict[str, Any] = {
    "enable_auto_commit": False,
    "auto_offset_reset": "none",
    "session_timeout_ms": 6_000,
    "heartbeat_interval_ms": 500,
    "max_poll_records": 1_000,
    "fetch_max_wait_ms": 500,  # an answer with records is never kept back so long
    "reconnect_backoff_max_ms": 1_000,
    "metadata_max_age_ms": 1_000,
    "bootstrap_timeout_ms": 2_000,
    "allow_auto_create_topics": False,
}
Key = tuple[str, str, int]


class _Seat(ConsumerRebalanceListener):
    """Seeks each partition to where its projections are, before anything is fetched. Runs on the client's own thread: only `seek` works here."""

    def __init__(self, follower: "Follower") -> None:
        self.follower = follower

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Nothing to give back: the position moves only from where its mover thought it was."""

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Read the positions over a connection of our own and seek."""
        self.follower.sit_down(list(assigned))


class Follower:
    """One member of a group that feeds projections. `run` returns when somebody asks to stop."""

    def __init__(
        self,
        pool: Pool,
        bootstrap: str,
        group: str,
        projections: Sequence[Projection],
        stop: Event,
        *,
        watermarks: str = WATERMARKS,
        instance: str | None = None,
        health: Health | None = None,
    ) -> None:
        self.pool, self.bootstrap, self.group, self.projections, self.stop = pool, bootstrap, group, tuple(projections), stop
        self.watermark_topic, self.instance, self.health = watermarks, instance, health or Health()
        self.topics = sorted({topic for projection in projections for topic in projection.topics})
        self.places: dict[Key, Place] = {}
        self.gaps: dict[Key, float] = {}
        self.takeover = Takeover(self.projections)
        self._mirrored_at = self._seated_at = 0.0
        self._heard_at: float | None = None  # when the group last took something from us, or when we first asked it to
        self._fault: str | None = None
        self.health.ask("kafka", self._kafka)
        self.consumer: Any = None

    def run(self) -> None:
        """Follow until somebody asks to stop, through whatever the servers do."""
        while not self.stop.is_set():
            self.health.tick()
            try:
                self._follow()
            except TooManyParked as fault:
                self._halt(fault)
            except (KafkaError, psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as fault:
                part = "kafka" if isinstance(fault, KafkaError) else "database"
                self._lost(part, type(fault).__name__)
                log.warning("projection_interrupted", group=self.group, part=part, fault=type(fault).__name__, detail=str(fault)[:200])
                self.stop.wait(AFTER_FAULT_SECONDS)
            except Exception:  # the top of a loop: the position has not moved, so the batch comes again
                metrics.LOOP_FAILURES.labels(self.group).inc()
                self.health.report("projection", False, "failed")
                log.exception("projection_failed", group=self.group)
                self.stop.wait(AFTER_FAULT_SECONDS * 2)

    def _lost(self, part: str, fault: str) -> None:
        if part == "kafka":
            self._fault = fault
        else:
            self.health.report(part, False, fault)

    def _kafka(self) -> tuple[bool, str | None]:
        """Whether the group still hears us. Judged when somebody asks, because a client whose broker is gone may not come back from a call for long."""
        if self._fault or self._heard_at is None:
            return False, self._fault or "not connected yet"
        unheard = time.monotonic() - self._heard_at
        return unheard < UNHEARD_SECONDS, None if unheard < UNHEARD_SECONDS else f"the group has taken nothing for {unheard:.0f} s"

    def _halt(self, fault: TooManyParked) -> None:
        """The code must be wrong: touch nothing more until a new one is started."""
        for projection in self.projections:
            metrics.PROJECTION_HALTED.labels(projection.name).set(1)
        self.health.report("projection", False, fault.code)
        log.critical("projection_halted", group=self.group, detail=str(fault))
        while not self.stop.wait(1.0):
            self.health.tick()

    # --- one stretch of membership ----------------------------------------------------------------------------------

    def _follow(self) -> None:
        require_broker(self.bootstrap)
        self.consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.group, group_instance_id=self.instance, **SETTINGS)
        try:
            self._require_topics()
            self.consumer.subscribe(topics=[*self.topics, self.watermark_topic], listener=_Seat(self))
            self._seated_at = time.monotonic()
            self._heard_at = self._heard_at or self._seated_at
            while not self.stop.is_set():
                self.health.tick()
                self._round()
        finally:
            self.consumer.close(autocommit=False, timeout_ms=CLOSE_MS)

    def _require_topics(self) -> None:
        """Every topic is known to this client before it joins: a leader that does not know a topic yet assigns it to nobody, and nobody notices."""
        absent = [topic for topic in (*self.topics, self.watermark_topic) if not self.consumer.partitions_for_topic(topic)]
        if absent:
            raise UnknownTopicOrPartitionError(f"not declared yet: {', '.join(absent)}")

    def _round(self) -> None:
        try:
            polled = self.consumer.poll(timeout_ms=POLL_MS)
        except OffsetOutOfRangeError as fault:
            return self._begin_anew(fault.args[0])
        except LogTruncationError as fault:
            return self._begin_anew(fault.divergent_offsets)
        except NoOffsetForPartitionError:
            return self.sit_down(list(self.consumer.assignment()))
        try:
            self._take(polled)
        except (Fenced, *AGAIN) as fault:
            if isinstance(fault, Fenced):
                metrics.FENCED.labels(str(fault)).inc()
            log.info("batch_given_up", group=self.group, fault=type(fault).__name__)
            self.sit_down(list(self.consumer.assignment()))
        self._keep_house()
        return None

    def _begin_anew(self, partitions: Iterable[TopicPartition]) -> None:
        """The topic is shorter than we have read: it was made anew. The stored position changes only with a record."""
        log.warning("seek_to_beginning", group=self.group, partitions=[f"{place.topic}/{place.partition}" for place in partitions])
        self.consumer.seek_to_beginning(*partitions)

    def sit_down(self, partitions: Sequence[TopicPartition]) -> None:
        """Read where the projections are in *partitions* and seek there. Where they differ, to the one that is furthest behind."""
        keys = [(name, place.topic, place.partition) for place in partitions for name in self._followers(place.topic)]
        with self.pool.connection() as conn, conn.transaction():
            conn.execute("SET LOCAL statement_timeout = 1000")
            positions.make_places(conn, keys)
            stored = positions.places(conn, [projection.name for projection in self.projections])
        for place in partitions:
            if place.topic == self.watermark_topic:
                self.consumer.seek(place, 0)
                continue
            for name in self._followers(place.topic):
                self.places[name, place.topic, place.partition] = stored[name, place.topic, place.partition]
            self.consumer.seek(place, self._next_offset(place))

    def _followers(self, topic: str) -> list[str]:
        return [projection.name for projection in self.projections if topic in projection.topics]

    def _next_offset(self, place: TopicPartition) -> int:
        return min(self.places[name, place.topic, place.partition].next_offset for name in self._followers(place.topic))

    # --- records ----------------------------------------------------------------------------------------------------

    def _take(self, polled: Mapping[TopicPartition, Sequence[Any]]) -> None:
        marks = [record for place, records in polled.items() if place.topic == self.watermark_topic for record in records]
        facts = {place: records for place, records in polled.items() if place.topic != self.watermark_topic}
        if facts:
            for projection in self.projections:
                self._feed(projection, facts)
            self.health.report("database", True)
            self.health.report("projection", True)
        if marks:
            for name, topic, run in self.takeover.add(marks):
                self._begin_run(name, topic, run)
        if self.takeover.is_due(moved=bool(facts or marks)):
            with self.pool.connection() as conn:
                self.takeover.take(conn)

    def _feed(self, projection: Projection, polled: Mapping[TopicPartition, Sequence[Any]]) -> None:
        moves, readings, anew = [], [], []
        for place, records in polled.items():
            key = (projection.name, place.topic, place.partition)
            if place.topic not in projection.topics or key not in self.places:
                continue
            old = self.places[key]
            found = reading.read(records, old)
            self._note_gap(key, found)
            readings.append(found)
            if found.place != old:
                moves.append(Move(place.topic, place.partition, old, found.place))
            if found.new_run is not None:
                anew.append((place.topic, found.new_run))
        if moves:
            with self.pool.connection() as conn:
                done = Batch(projection, moves, readings).commit(conn)
            self._tell(projection.name, readings, done)
            for move in moves:
                self.places[projection.name, move.topic, move.partition] = move.new
        for topic, run in anew:
            self._begin_run(projection.name, topic, run)

    def _begin_run(self, projection: str, topic: str, run: int) -> None:
        """The topic was filled anew: everything of it is read again; what the rows have is skipped by version."""
        with self.pool.connection() as conn:
            begun = positions.begin_run(conn, projection, topic, run)
        if begun:
            log.warning("run_begins", projection=projection, topic=topic, run=run)
            self.sit_down([place for place in self.consumer.assignment() if place.topic == topic])

    def _note_gap(self, key: Key, found: reading.Reading) -> None:
        """Remember since when a number is missing; it must come again soon."""
        if found.taken:
            self.gaps.pop(key, None)
            metrics.GAP_SECONDS.labels(*key).set(0)
        if found.early and key not in self.gaps:
            self.gaps[key] = time.monotonic()

    def _tell(self, name: str, readings: Sequence[reading.Reading], done: Sorted) -> None:
        metrics.APPLIED.labels(name).inc(len(done.good))
        metrics.PARKED.labels(name).inc(len(done.aside))
        for why, count in (
            ("copy", sum(found.copies for found in readings)),
            ("early", sum(found.early for found in readings)),
            ("older_run", sum(found.older for found in readings)),
            ("known", done.known),
        ):
            if count:
                metrics.SKIPPED.labels(name, why).inc(count)
        if done.good:
            metrics.LAST_FACT.labels(name).set(done.good[-1].recorded_at.timestamp())

    # --- once a second ----------------------------------------------------------------------------------------------

    def _keep_house(self) -> None:
        if time.monotonic() - self._mirrored_at < MIRROR_SECONDS:
            return
        self._mirrored_at = time.monotonic()
        unheard = time.monotonic() - self._seated_at
        if unheard > UNSEATED_SECONDS:
            raise CoordinatorNotAvailableError("no partition, or none of our positions taken, although the group has settled; joining again")
        assigned = self.consumer.assignment()
        mine = [place for place in assigned if place.topic != self.watermark_topic]
        self._notice_moved_positions(mine)
        self._mirror(mine)
        longest = 0.0
        for key, since in self.gaps.items():
            longest = max(longest, time.monotonic() - since)
            metrics.GAP_SECONDS.labels(*key).set(time.monotonic() - since)
        self.health.report("numbers", longest < GAP_ALARM_SECONDS, f"a number has been missing for {longest:.0f} s" if longest else None)

    def _notice_moved_positions(self, mine: Sequence[TopicPartition]) -> None:
        """Another member may have begun a new run for a partition of ours in which nothing ever comes."""
        with self.pool.connection() as conn:
            stored = positions.places(conn, [projection.name for projection in self.projections])
            self.health.report("parked", True, parking.parked_streams(conn))
        moved = [
            place
            for place in mine
            for name in self._followers(place.topic)
            if stored.get((name, place.topic, place.partition)) != self.places.get((name, place.topic, place.partition))
        ]
        if moved:
            self.sit_down(sorted(set(moved)))

    def _mirror(self, mine: Sequence[TopicPartition]) -> None:
        """Tell Kafka, for lag tools, and our own figures. Its answer is also the proof that the group still knows us.

        The client may believe that it is seated (`assignment()` is not empty) when a rejoin broke off half-way: it then fetches nothing, for ever.
        """
        offsets = {}
        behind = dict.fromkeys((projection.name for projection in self.projections), 0)
        for place in mine:
            if not all((name, place.topic, place.partition) in self.places for name in self._followers(place.topic)):
                continue
            offsets[place] = OffsetAndMetadata(self._next_offset(place), "", -1)
            high = self.consumer.highwater(place)
            if high is not None:
                for name in self._followers(place.topic):
                    waiting = max(0, high - self.places[name, place.topic, place.partition].next_offset)
                    metrics.LAG.labels(name, *place).set(waiting)
                    behind[name] += waiting
        self.health.report("lag", True, behind)
        if offsets:
            self.consumer.commit_async(offsets, callback=self._answered)
        elif self.consumer.assignment():
            self._heard()

    def _answered(self, _offsets: object, answer: object) -> None:
        if not isinstance(answer, Exception):
            self._heard()

    def _heard(self) -> None:
        self._seated_at = self._heard_at = time.monotonic()
        self._fault = None


def run_projections(
    pool: Pool,
    bootstrap: str,
    group: str,
    projections: Sequence[Projection],
    stop: Event,
    *,
    watermarks: str = WATERMARKS,
    instance: str | None = None,
    health: Health | None = None,
) -> None:
    """Feed *projections* as a member of *group* until *stop* is set. *instance*: a fixed name of this replica, so that its restart disturbs nobody."""
    Follower(pool, bootstrap, group, projections, stop, watermarks=watermarks, instance=instance, health=health).run()
