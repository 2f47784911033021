"""Follows the facts: keeps both times of each and the members that figures read, in the transaction that moves the position.

What figures do not read (subjects, notes, sealed texts) is not kept here at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection

from services.metrics import queries
from services.metrics.courses.queries import touch
from services.metrics.domain.facts import moment
from services.metrics.queries import AuthoritySaid, FactRow
from shared.facts import FACTS
from shared.messaging.directory import DirectoryProjection
from shared.messaging.projection import Poison
from shared.wire.envelope import Envelope
from shared.wire.topics import ESCALATIONS, REQUESTS
from shared.wire.upcasters import NoWay, upcast

OPENINGS = frozenset({"RequestDrafted", "RequestRegistered"})
DESCRIPTIONS = frozenset({"AuthorityRegistered", "AuthorityAmended"})
HEAD = frozenset({"kind", "instrument", "requesting", "requested", "measures", "persons", "case", "confidentiality"})
KEPT = HEAD | frozenset(
    {"by", "how", "channel", "outcome", "final", "part", "reason", "grounds", "decided_by", "person", "measure", "to", "desk", "duplicate_of"}
    | {"fact", "clock", "row", "stage", "bound", "zone", "adjusted_due", "strict_due", "revision", "run", "on", "level"}
)
KEPT_IN_PARTS = {"authority", "state", "id", "type", "role"}
KEPT_OF_CORRECTION = KEPT | {"void", "occurred_at"}


def kept(data: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a fact that figures read; of amendments and corrections those that they change."""
    members = _kept_of(data, KEPT)
    if isinstance(data.get("changes"), Mapping):
        members["changes"] = _kept_of(data["changes"], HEAD)
    if isinstance(data.get("values"), Mapping):
        members["values"] = _kept_of(data["values"], KEPT_OF_CORRECTION)
    return members


def _kept_of(data: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    found = {name: _part(data[name]) for name in sorted(names) if data.get(name) is not None or (name == "instrument" and name in data)}
    return {name: value for name, value in found.items() if value != {}}


def _part(value: Any) -> Any:
    """A member without what its parts hold beyond ids and codes; a sealed text leaves nothing."""
    if isinstance(value, Mapping):
        return {name: inner for name, inner in value.items() if name in KEPT_IN_PARTS}
    return [_part(inner) for inner in value] if isinstance(value, list) else value


def members_of(envelope: Envelope) -> dict[str, Any]:
    """The members of the fact, as the version of today has them; a type or version newer than this code is taken as it is.

    Raises:
        Poison: they cannot be read.
    """
    known = FACTS.get(envelope.type)
    try:
        data = json.loads(envelope.value)
        if known is not None and envelope.schema_version < known.schema_version:
            data = upcast(envelope.type, envelope.schema_version, known.schema_version, data)
    except (ValueError, NoWay) as fault:
        raise Poison(envelope, f"malformed: {fault}") from fault
    if not isinstance(data, dict):
        raise Poison(envelope, "malformed: no object")
    return data


def fact_row(envelope: Envelope, data: Mapping[str, Any]) -> FactRow:
    """The row of a fact.

    Raises:
        Poison: it does not say when it happened, or an opening does not say between whom.
    """
    if envelope.type in OPENINGS and not (_authority(data.get("requesting")) and _authority(data.get("requested"))):
        raise Poison(envelope, "malformed: the sides are not named")
    return FactRow(envelope.stream, envelope.version, envelope.subject, envelope.id, envelope.type, _occurred(envelope, data), envelope.recorded_at, kept(data))


def _occurred(envelope: Envelope, data: Mapping[str, Any]) -> datetime:
    try:
        return moment(data["occurred_at"])
    except (KeyError, TypeError, ValueError) as fault:
        raise Poison(envelope, f"malformed: {fault!r}") from fault


def _authority(party: Any) -> str | None:
    return party.get("authority") if isinstance(party, Mapping) else None


def named_authorities(data: Mapping[str, Any]) -> set[str]:
    """The authorities that a fact names as one of the two sides: an opening, an amendment or a correction."""
    places = [data, data.get("changes") or {}, data.get("values") or {}]
    named = {_authority(place.get(side)) for place in places if isinstance(place, Mapping) for side in ("requesting", "requested")}
    return {authority for authority in named if authority}


class RequestFacts:
    """Projection of `mla.requests`."""

    name = "metrics-requests"
    topics: tuple[str, ...] = (REQUESTS,)

    def known(self, conn: Connection[Any], streams: Sequence[str]) -> Mapping[str, int]:
        """The last version kept of each of *streams*."""
        return queries.known_requests(conn, streams)

    def apply(self, conn: Connection[Any], batch: Sequence[Envelope]) -> None:
        """Keep the facts of *batch*.

        Raises:
            Poison: a fact cannot be read.
        """
        read = [(envelope, members_of(envelope)) for envelope in batch]
        queries.insert_request_facts(conn, [fact_row(envelope, data) for envelope, data in read])
        touch(conn, sorted({envelope.subject for envelope in batch}))
        pairs = {(authority, envelope.subject) for envelope, data in read for authority in named_authorities(data)}
        if pairs:
            queries.insert_involved(conn, sorted(pairs))


class EscalationFacts:
    """Projection of `mla.escalations`."""

    name = "metrics-escalations"
    topics: tuple[str, ...] = (ESCALATIONS,)

    def known(self, conn: Connection[Any], streams: Sequence[str]) -> Mapping[str, int]:
        """The last version kept of each of *streams*."""
        return queries.known_escalations(conn, streams)

    def apply(self, conn: Connection[Any], batch: Sequence[Envelope]) -> None:
        """Keep the facts of *batch*.

        Raises:
            Poison: a fact cannot be read.
        """
        queries.insert_escalation_facts(conn, [fact_row(envelope, members_of(envelope)) for envelope in batch])
        touch(conn, sorted({envelope.subject for envelope in batch}))


class Directory(DirectoryProjection):
    """Projection of `mla.directory`: who may call, and what was said of each authority when."""

    name = "metrics-directory"

    def keep(self, conn: Connection[Any], envelope: Envelope) -> None:
        """Keep what is said of the authority, and since when."""
        if envelope.type in DESCRIPTIONS:
            queries.insert_authorities_said(conn, [_said(envelope, json.loads(envelope.value))])


def _said(envelope: Envelope, data: Mapping[str, Any]) -> AuthoritySaid:
    zone = data.get("time_zone") or "UTC"
    return AuthoritySaid(envelope.subject, envelope.version, envelope.recorded_at, data["state"], zone, data.get("member", True), data.get("name"))


FOLLOWED = (Directory(), RequestFacts(), EscalationFacts())
REBUILT = (RequestFacts.name, EscalationFacts.name)
TOPICS = tuple(topic for projection in FOLLOWED for topic in projection.topics)
