"""One batch into one projection: effect and position in one transaction, poison put aside with its stream, too much of it refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from psycopg import Connection

from shared.messaging.projection import Fenced, Poison, Projection, TooManyParked
from shared.messaging.reading import Reading
from shared.storage import parking, positions
from shared.storage.positions import Move
from shared.telemetry import metrics
from shared.wire.envelope import Envelope

log = structlog.get_logger(__name__)
MOST_A_MINUTE = 20
MOST_OF_A_BATCH = 0.05
FEWEST = 5
"""Streams in one batch that may be poisoned whatever their share."""


@dataclass(slots=True)
class Sorted:
    """What becomes of each fact of a batch."""

    good: list[Envelope] = field(default_factory=list)
    aside: list[tuple[Envelope, str]] = field(default_factory=list)
    known: int = 0
    poisoned: int = 0


def sort(batch: Sequence[Envelope], known: Mapping[str, int], blocked: frozenset[str], poison: Mapping[tuple[str, int], str]) -> Sorted:
    """Sort *batch* by version: what the projection has is skipped, what follows is good, what stands behind a parked fact waits there.

    A version that is missing blocks its stream like poison does.
    """
    found, reached, waiting = Sorted(), dict(known), set(blocked)
    for envelope in batch:
        stream, version = envelope.stream, envelope.version
        last = reached.get(stream, 0)
        if version <= last:
            found.known += 1
        elif stream in waiting:
            found.aside.append((envelope, parking.BEHIND))
        elif (stream, version) in poison or version > last + 1:
            reason = poison.get((stream, version)) or f"version {last + 1} is missing"
            found.aside.append((envelope, reason))
            found.poisoned += 1
            waiting.add(stream)
        else:
            found.good.append(envelope)
            reached[stream] = version
    return found


class Batch:
    """What one poll brought for one projection."""

    def __init__(self, projection: Projection, moves: Sequence[Move], readings: Sequence[Reading]) -> None:
        self.projection, self.moves, self.readings = projection, moves, readings
        self.envelopes = [envelope for reading in readings for envelope in reading.taken]
        self._poison: dict[tuple[str, int], str] = {}

    def commit(self, conn: Connection[Any]) -> Sorted:
        """Effect and position are written, or neither.

        Raises:
            Fenced: another member moved the position.
            TooManyParked: the projection refuses too much.
        """
        while True:
            try:
                with conn.transaction():
                    return self._write(conn)
            except Poison as fault:
                self._suspect(fault.envelope, fault.reason)
            except (psycopg.OperationalError, psycopg.InterfaceError, Fenced, TooManyParked):
                raise
            except Exception as fault:  # the top of a batch: whatever a projection raises is counted, and its fact is looked for
                metrics.LOOP_FAILURES.labels(self.projection.name).inc()
                log.exception("batch_failed", projection=self.projection.name, facts=len(self.envelopes))
                if not self._find_culprit(conn):
                    raise fault

    def _write(self, conn: Connection[Any]) -> Sorted:
        name = self.projection.name
        is_mine, blocked = positions.advance(conn, name, self.moves)
        if not is_mine:
            raise Fenced(name)
        for reading in self.readings:
            for record, reason in reading.unreadable:
                place = (record.topic, record.partition, record.offset)
                parking.keep_unreadable(conn, name, *place, key=record.key, headers=record.headers, value=record.value, reason=reason)
        if not self.envelopes:
            return Sorted()
        found = self._sorted(conn, blocked)
        if found.good:
            self.projection.apply(conn, found.good)
        for envelope, reason in found.aside:
            parking.park(conn, name, envelope, reason)
        if found.poisoned:
            self._check_breaker(conn, found.poisoned)
        return found

    def _sorted(self, conn: Connection[Any], blocked: frozenset[str]) -> Sorted:
        streams = list({envelope.stream for envelope in self.envelopes})
        return sort(self.envelopes, self.projection.known(conn, streams), blocked, self._poison)

    def _check_breaker(self, conn: Connection[Any], poisoned: int) -> None:
        of_batch = max(FEWEST, MOST_OF_A_BATCH * len(self.envelopes))
        lately = parking.blocked_since(conn, self.projection.name, 60)
        if poisoned > of_batch or lately > MOST_A_MINUTE:
            raise TooManyParked(f"{self.projection.name}: {poisoned} in a batch of {len(self.envelopes)}, {lately} in a minute")

    def _suspect(self, envelope: Envelope, reason: str) -> None:
        self._poison[envelope.stream, envelope.version] = reason
        log.error("fact_parked", projection=self.projection.name, type=envelope.type, stream=envelope.stream, version=envelope.version, reason=reason)

    def _find_culprit(self, conn: Connection[Any]) -> bool:
        """Apply one fact after the other, write nothing, and suspect the first that fails. False when each goes well alone."""
        culprit: list[tuple[Envelope, str]] = []
        with conn.transaction(force_rollback=True):
            for envelope in self._sorted(conn, frozenset()).good:
                try:
                    with conn.transaction():
                        self.projection.apply(conn, [envelope])
                except (psycopg.OperationalError, psycopg.InterfaceError):
                    raise
                except Exception as fault:  # likewise for one fact: it is parked with what it raised
                    log.exception("fact_refused", projection=self.projection.name, type=envelope.type, stream=envelope.stream, version=envelope.version)
                    reason = fault.reason if isinstance(fault, Poison) else f"{type(fault).__name__}"
                    culprit.append((envelope, reason))
                    break
        for envelope, reason in culprit:
            self._suspect(envelope, reason)
        return bool(culprit)
