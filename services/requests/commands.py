"""Making moves: load the stream, decide, seal texts, append. One function for all moves, and for several on one stream at once."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from psycopg import Connection

from services.requests.clockwork import NOTHING_CAUSED, Caused
from services.requests.domain.access import Access
from services.requests.domain.clocks.walking import Walked
from services.requests.domain.command import Command, Context
from services.requests.domain.decisions import begin, decide, permit, read_command
from services.requests.domain.errors import DomainError, NotAllowed, NotFound
from services.requests.domain.moves.table import BEGINNINGS, MOVES
from services.requests.domain.request import Request, apply_all, fold
from services.requests.queries import streams as queries
from services.requests.queries.streams import REQUESTS_TOPIC, TAKEN, DoneCommand
from services.requests.references import duplicate, reference_change
from services.requests.sealing import Noted, sealed_event
from services.requests.seen import Seen, seen_by
from services.requests.shell import Shell
from services.requests.streams import Stream, lengthened, read_up_to, with_texts
from shared.calendars import CalendarNotCovered
from shared.calendars.zones import ZoneUnknown
from shared.facts.base import Fact, Recorded
from shared.facts.identifiers import uuid7
from shared.facts.requests import FactCorrected, Opening, RequestAmended, RequestClosed, RequestReopened
from shared.storage import event_log
from shared.storage.clock import machine_now
from shared.storage.directory import Caller
from shared.storage.errors import TemporarilyUnavailable
from shared.storage.event_log import CONFLICT, REPLAYED, Due
from shared.wire.codec import decode

T = TypeVar("T")

TRIES = 5
VERSION_NOT_TOLD = -1
"""Expected version of an order that ought to name one and does not: refused, but only after body, existence and side."""

FIRST_PAUSE_SECONDS = 0.005
_MAY_CHANGE_REFERENCE = (Opening, RequestAmended, RequestClosed, RequestReopened, FactCorrected)


@dataclass(frozen=True, slots=True)
class MoveCall:
    """A move to be made, with the members of its body as JSON has them."""

    move: str
    members: Mapping[str, Any]
    occurred_at: datetime | None = None
    on_behalf_of: str | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The whole body."""
        body = dict(self.members)
        if self.occurred_at is not None:
            body["occurred_at"] = self.occurred_at.isoformat()
        if self.on_behalf_of is not None:
            body["on_behalf_of"] = self.on_behalf_of
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Moves that somebody wants made on one request, as one command.

    Attributes:
        request: the request, or None when the first move begins one.
        expected: the version that the caller has seen (If-Match); None where it does not matter.
    """

    caller: Caller
    request: UUID | None
    calls: Sequence[MoveCall]
    command_id: UUID
    fingerprint: bytes
    expected: int | None = None
    traceparent: str | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What became of an order: facts *first* … *last* of the request, and the stream up to *last*."""

    request_id: UUID
    first: int
    last: int
    stream: Stream
    replayed: bool

    @property
    def version(self) -> int:
        """The stream's version after it."""
        return self.last


@dataclass(frozen=True, slots=True)
class Decided:
    """What would be appended: the new facts with ids, the request with them, the timers; and the walk of the clocks that was made at *now*."""

    request_id: UUID
    before: Stream | None
    facts: Sequence[Recorded[Fact]]
    after: Request | None
    due: Sequence[Due] = ()
    walked: Walked | None = None
    now: datetime | None = None


class StaleVersion(Exception):
    """Facts that the caller may see were recorded after the version it named."""

    code = "stale_version"

    def __init__(self, seen: Seen, expected: int) -> None:
        super().__init__(f"version {seen.version}, not {expected}")
        self.seen, self.expected = seen, expected
        self.facts = list(seen.facts_after(expected))


class VersionRequired(Exception):
    """The caller did not say which version it has seen."""

    code = "version_required"


class KeyReused(Exception):
    """The command was carried out before, for another call."""

    code = "idempotency_key_reused"


class Overtaken(Exception):
    """Somebody else appended in between: decide anew."""


REFUSALS = (DomainError, StaleVersion, VersionRequired, CalendarNotCovered, ZoneUnknown)
"""What may be said instead of carrying an order out. A repeated order may meet any of them, because it was carried out already."""


def make_moves(shell: Shell, order: Order) -> Made:
    """Carry *order* out, whole or not at all; repeated, it is told as it was.

    Raises:
        DomainError: the first move that is refused, with its place in the order as `index`.
        StaleVersion: see there.
        KeyReused: see there.
        TemporarilyUnavailable: others kept changing the request.
    """
    made = _made_from_memory(shell, order)
    if made is not None:
        return made
    for attempt in range(TRIES):
        with shell.pool.connection() as conn:
            try:
                return record(shell, conn, order, decided(shell, conn, order))
            except Overtaken:
                pass
            except (*REFUSALS, TemporarilyUnavailable) as refusal:
                done = queries.done_command(conn, order.command_id)
                if done is None:
                    raise
                return _replayed(shell, conn, order, done, refusal)
        time.sleep(random.uniform(0, FIRST_PAUSE_SECONDS * 2**attempt))
    raise TemporarilyUnavailable("others keep changing this request")


def decided(shell: Shell, conn: Connection[Any], order: Order) -> Decided:
    """What *order* would append, decided on the request as it is now. Nothing is stored. Refusals come in the order body, existence, side, version, facts."""
    before = None if order.request is None else shell.streams.read(conn, order.request)
    return _decided_on(shell, order, before, shell.now(conn))


def _made_from_memory(shell: Shell, order: Order) -> Made | None:
    """*order* carried out on the request as this process remembers it, where the caller has seen just that: the append proves that the memory is right.

    None: nothing was done, whatever the reason; the request has to be read.
    """
    if order.request is None or order.expected is None or shell.sandbox:
        return None
    known = shell.streams.remembered(order.request)
    if known is None or known.version < order.expected:
        return None
    try:
        wanted = _decided_on(shell, order, known, machine_now())
        if reference_change(known.request, wanted.after) is not None:
            return None
        with shell.pool.connection() as conn:
            return record(shell, conn, order, wanted, remembered=True)
    except (*REFUSALS, Overtaken):
        return None


def _decided_on(shell: Shell, order: Order, before: Stream | None, now: datetime) -> Decided:
    context = shell.context(now)
    commands = [_read(order, index, call, context) for index, call in enumerate(order.calls)]
    if order.request is not None:
        seen = seen_by(before, order.caller)
        _numbered(0, lambda: permit(seen.request, commands[0], context))
        if seen.access is not Access.FULL:
            raise NotAllowed("the request is answered for by another desk", parameters={"reason": "desk"})
        if order.expected == VERSION_NOT_TOLD:
            raise VersionRequired
        if order.expected is not None and (seen.version > order.expected or order.expected > seen.stream.version):
            raise StaleVersion(seen, order.expected)
    return _decide_all(shell, order, before, commands, context)


def _read(order: Order, index: int, call: MoveCall, context: Context) -> Command:
    begins = order.request is None and index == 0
    if call.move not in (BEGINNINGS if begins else MOVES):
        raise NotFound(f"there is no move {call.move} here")
    caller = order.caller
    return _numbered(index, lambda: read_command(call.move, call.body, context, by=caller.authority, role=caller.role, desk=caller.desk))


def _numbered(index: int, step: Callable[[], T]) -> T:
    """What *step* gives; a refusal carries the place of its move in the order."""
    try:
        return step()
    except DomainError as refusal:
        refusal.index = index  # type: ignore[attr-defined]  # for callers that make several moves at once
        raise


def _decide_all(shell: Shell, order: Order, before: Stream | None, commands: Sequence[Command], context: Context) -> Decided:
    request = before.request if before else None
    version = before.version if before else 0
    facts: list[Recorded[Fact]] = []
    caused = NOTHING_CAUSED
    for index, command in enumerate(commands):
        new = _numbered(index, partial(_facts_of, request, command, context))
        recorded, caused = _with_clocks(shell, request, as_recorded(new, version, context.now), version, context.now)
        facts += recorded
        version += len(recorded)
        later = index + 1 < len(commands)
        request = _follow(request, recorded) if later or isinstance(new[0], _MAY_CHANGE_REFERENCE) else None
    walked = caused.walked if len(commands) == 1 else None  # the words of several moves would be in it
    return Decided(order.request or uuid7(context.now), before, facts, request, caused.due, walked, context.now)


def _with_clocks(shell: Shell, request: Request | None, new: list[Recorded[Fact]], version: int, now: datetime) -> tuple[list[Recorded[Fact]], Caused]:
    """The facts *new* with what they cause in the clocks: first what time had caused before them, last what follows from them; and what was found."""
    caused = shell.clockwork.follow(request, new, now)
    first = as_recorded(caused.before, version, now)
    moved = [replace(each, version=each.version + len(first)) for each in new] if first else new
    return [*first, *moved, *as_recorded(caused.after, version + len(first) + len(new), now)], caused


def _facts_of(request: Request | None, command: Command, context: Context) -> list[Fact]:
    return begin(command, context) if request is None else decide(request, command, context)


def as_recorded(facts: Sequence[Fact], version: int, now: datetime) -> list[Recorded[Fact]]:
    """*facts* with fresh ids and the versions after *version*."""
    return [Recorded(uuid7(now), version + place, now, fact) for place, fact in enumerate(facts, 1)]


def _follow(request: Request | None, recorded: Sequence[Recorded[Fact]]) -> Request:
    return fold(recorded) if request is None else apply_all(request, recorded)


# --- append ---------------------------------------------------------------------------------------------------------


def record(shell: Shell, conn: Connection[Any], order: Order, wanted: Decided, *, remembered: bool = False) -> Made:
    """Seal the texts of *wanted* and append it; *remembered*: only onto the very fact that this process takes for the last one.

    Raises:
        Overtaken: see there.
        DuplicateReference: another request has the reference.
    """
    noted = Noted()
    before = wanted.before
    command = _as_command(shell, order, wanted, noted, follows=before.request.history[-1].id if remembered and before else None)
    change = reference_change(before.request if before else None, wanted.after)
    if change is None:
        done = event_log.append_command(conn, command)
    else:
        done, holder = queries.append_with_reference(conn, change, command)
        if done.outcome == TAKEN:
            raise duplicate(shell, conn, order.caller, change, holder)
    if done.outcome == CONFLICT:
        raise Overtaken
    if done.outcome == REPLAYED:
        found = queries.done_command(conn, order.command_id)
        if found is None:
            raise Overtaken
        return _replayed(shell, conn, order, found, None)
    if done.live_texts is not None:
        before = with_texts(before, done.live_texts)
    made = _grown(shell, before, command, done, noted)
    if wanted.walked is not None and wanted.now is not None:
        shell.clockwork.recorded(made.stream.request, wanted.walked, wanted.now)
    return made


def _as_command(shell: Shell, order: Order, wanted: Decided, noted: Noted, *, follows: UUID | None) -> event_log.Command:
    """What the log is asked to append; *noted* takes note of its texts."""
    sealed = [sealed_event(shell.sealer, wanted.request_id, recorded, noted) for recorded in wanted.facts]
    return event_log.Command(
        order.command_id,
        order.fingerprint,
        REQUESTS_TOPIC,
        wanted.request_id,
        str(wanted.request_id),
        wanted.before.version if wanted.before else 0,
        [event for event, _ in sealed],
        event_log.meta(correlation_id=order.correlation_id, traceparent=order.traceparent),
        [key for _, keys in sealed for key in keys],
        wanted.due,
        follows,
    )


def _grown(shell: Shell, before: Stream | None, command: event_log.Command, done: event_log.Appended, noted: Noted) -> Made:
    """The stream with the facts as they are stored now, read from their own bytes."""
    assert done.recorded_at is not None
    facts = [
        Recorded(event.id, command.expected + place, done.recorded_at, decode(event.type, event.schema_version, event.payload))
        for place, event in enumerate(command.events, 1)
    ]
    stream = lengthened(before, command.stream, facts, noted.places)
    stream.opened.update(noted.words)
    shell.streams.keep(stream)
    return Made(command.stream, command.expected + 1, stream.version, stream, False)


def _replayed(shell: Shell, conn: Connection[Any], order: Order, done: DoneCommand, refusal: BaseException | None) -> Made:
    """What the command did the first time."""
    if done.fingerprint != order.fingerprint:
        raise KeyReused from refusal
    stream = read_up_to(conn, done.stream, done.last_version)
    assert stream is not None
    return Made(done.stream, done.first_version, done.last_version, stream, True)
