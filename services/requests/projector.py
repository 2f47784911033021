"""Facts of `mla.requests` become the rows that lists are read from: one row for each request and authority on either side."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from services.requests.clockwork import Clockwork
from services.requests.domain.access import exists_for, last_visible
from services.requests.domain.clocks.ledger import ClockState
from services.requests.domain.clocks.reading import Clock, next_clock, overdue_from
from services.requests.domain.clocks.reckoning import due_moment
from services.requests.domain.request import Request
from services.requests.domain.verdicts import primary_move
from services.requests.queries import rows as queries
from services.requests.queries.maintenance import ROWS
from services.requests.queries.rows import RequestRow
from services.requests.queries.streams import REQUESTS_TOPIC, read_streams
from services.requests.streams import Stream, grown
from shared.facts.codes import Side
from shared.facts.members import MalformedFact
from shared.messaging.projection import Poison
from shared.wire.codec import UnknownFact
from shared.wire.envelope import Envelope

STREAMS_KEPT = 20_000
UNREADABLE = (MalformedFact, UnknownFact, ValueError, TypeError, AttributeError, KeyError)


class RequestRows:
    """Folds each stream as the facts arrive, and writes each touched request once a batch, as it last stood.

    A stream that is not in memory any more is read again from this service's own log, up to the version that the rows had: what comes after it is
    taken from the topic alone.
    """

    name = ROWS
    topics: tuple[str, ...] = (REQUESTS_TOPIC,)

    def __init__(self, clockwork: Clockwork, kept: int = STREAMS_KEPT) -> None:
        self._clockwork, self._kept = clockwork, kept
        self._known: OrderedDict[str, Stream] = OrderedDict()

    def known(self, conn: Connection[Any], streams: Sequence[str]) -> Mapping[str, int]:
        """Last version of each stream that the rows show."""
        return queries.known_versions(conn, streams)

    def apply(self, conn: Connection[Any], batch: Sequence[Envelope]) -> None:
        """Take *batch* into the rows.

        Raises:
            Poison: a fact cannot be read.
        """
        by_stream: dict[str, list[Envelope]] = {}
        for envelope in batch:
            by_stream.setdefault(envelope.stream, []).append(envelope)
        before = self._before(conn, {stream: envelopes[0].version - 1 for stream, envelopes in by_stream.items()})
        after = {stream: _followed(before.get(stream), envelopes) for stream, envelopes in by_stream.items()}
        queries.write_rows(conn, [row for stream in after.values() for row in rows_of(stream, self._clockwork)])
        self._keep(after)

    def _before(self, conn: Connection[Any], versions: Mapping[str, int]) -> dict[str, Stream]:
        """Each stream at exactly the version named."""
        found = {stream: known for stream, version in versions.items() if (known := self._known.get(stream)) is not None and known.version == version}
        missing = {UUID(stream): version for stream, version in versions.items() if version > 0 and stream not in found}
        prefixes: dict[str, list[Envelope]] = {}
        for envelope in read_streams(conn, missing) if missing else ():
            prefixes.setdefault(envelope.stream, []).append(envelope)
        return found | {stream: _followed(None, envelopes) for stream, envelopes in prefixes.items()}

    def _keep(self, streams: Mapping[str, Stream]) -> None:
        for name, stream in streams.items():
            self._known[name] = stream
            self._known.move_to_end(name)
        while len(self._known) > self._kept:
            self._known.popitem(last=False)


def _followed(stream: Stream | None, envelopes: Sequence[Envelope]) -> Stream:
    try:
        after = grown(stream, envelopes)
    except UNREADABLE as fault:
        if len(envelopes) == 1:
            raise Poison(envelopes[0], f"{type(fault).__name__}: {fault}") from fault
        for envelope in envelopes:  # one by one, to name the fact that is to blame
            stream = _followed(stream, [envelope])
        raise
    assert after is not None
    return after


def rows_of(stream: Stream, clockwork: Clockwork) -> list[RequestRow]:
    """The request as each authority on either side has it in lists."""
    request = stream.request
    parties = dict.fromkeys([request.requesting.authority, request.requested.authority, *(each.authority for each in request.recipients)])
    clocks = clock_columns(clockwork.clocks(request, request.history[-1].recorded_at))
    return [row_of(stream, authority, clocks) for authority in parties]


def row_of(stream: Stream, authority: str, clocks: Mapping[str, Any]) -> RequestRow:
    """The request as *authority* has it in lists; *clocks* as `clock_columns` gives them."""
    request = stream.request
    side = request.side_of(authority)
    last = last_visible(request, authority) or request.history[-1]
    other = request.requested if side is Side.REQUESTING else request.requesting
    return RequestRow(
        request=stream.id,
        authority=authority,
        side=str(side),
        stream_version=stream.version,
        version=last.version,
        visible=exists_for(request, authority),
        **_standing(request),
        **_parties(request),
        **clocks,
        counterpart=other.authority,
        counterpart_state=other.state,
        desk=request.desks.get(authority),
        officer=request.officers.get(authority),
        primary_move=primary_move(request, authority),
        last_fact=type(last.fact).__name__,
        updated_at=last.recorded_at,
    )


def _standing(request: Request) -> dict[str, Any]:
    urgency, holder = request.urgency, request.holder
    return {
        "state": str(request.state),
        "hold": str(request.hold) if request.hold else None,
        "holds": [str(hold) for hold in request.holds],
        "kind": request.kind,
        "instrument": request.instrument,
        "case_number": request.case,
        "subject": request.subject,
        "urgency": urgency.level if urgency else None,
        "needed_by": urgency.needed_by if urgency else None,
        "confidentiality": str(request.confidentiality),
        "holder": holder,
        "holder_side": str(request.side_of(holder)) if holder else None,
        "began_at": request.started_at,
        "arrived_at": request.arrived_at,
        "ended_at": request.ending.occurred_at if request.ending else None,
        "last_asked_at": request.status_asked_at,
    }


def _parties(request: Request) -> dict[str, Any]:
    return {
        "requesting_authority": request.requesting.authority,
        "requesting_state": request.requesting.state,
        "requesting_reference": request.requesting.reference,
        "requested_authority": request.requested.authority,
        "requested_state": request.requested.state,
        "requested_reference": request.requested.reference,
    }


def clock_columns(clocks: Sequence[Clock]) -> dict[str, Any]:
    """What lists need of the clocks: moments, so that nothing grows stale; `overdue` is derived when it is read."""
    running = [clock for clock in clocks if clock.state is ClockState.RUNNING]
    following = next_clock(clocks)
    promised = [clock for clock in running if clock.run.promised is not None]
    return {
        "next_clock": None if following is None else following.as_members(),
        "next_due": None if following is None else following.alarm_at,
        "promised_due": min((due_moment(clock.run.promised, clock.run.place.zone) for clock in promised if clock.run.promised is not None), default=None),
        "overdue_from": overdue_from(clocks),
        "effects": sorted({clock.run.row.effect for clock in running if clock.run.row.effect}),
    }
