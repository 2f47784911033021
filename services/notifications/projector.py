"""Follows the facts: what is known of each request, and a delivery for everybody who wants to hear, in the transaction that moves the position."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection

from services.notifications.climbing import CLIMBING, Climbs
from services.notifications.domain.following import Followed, after
from services.notifications.queries.deliveries import NewDelivery, insert_deliveries
from services.notifications.queries.following import followed_requests, known_versions, offices, save_followed
from services.notifications.queries.subscriptions import Subscription, listening, moment
from services.notifications.telling import Place, deliveries_of_fact
from shared.facts import FACTS
from shared.messaging.directory import DirectoryProjection
from shared.messaging.projection import Poison
from shared.wire.envelope import Envelope
from shared.wire.topics import REQUESTS
from shared.wire.upcasters import NoWay, upcast


def members_of(envelope: Envelope) -> dict[str, Any]:
    """Return the members of the fact, as the version of today has them.

    Raises:
        Poison: they cannot be read.
    """
    known = FACTS.get(envelope.type)
    if known is None:
        raise Poison(envelope, "unknown type")
    try:
        data = json.loads(envelope.value)
        if envelope.schema_version < known.schema_version:
            data = upcast(envelope.type, envelope.schema_version, known.schema_version, data)
    except (ValueError, NoWay) as fault:
        raise Poison(envelope, f"malformed: {fault}") from fault
    if not isinstance(data, dict):
        raise Poison(envelope, "malformed: no object")
    return data


class RequestFollower:
    """Projection of ``mla.requests``."""

    name = "notifications-requests"
    topics: tuple[str, ...] = (REQUESTS,)

    def __init__(self, place: Place) -> None:
        self._place = place

    def known(self, conn: Connection[Any], streams: Sequence[str]) -> Mapping[str, int]:
        """The last version that is known of each of *streams*."""
        return known_versions(conn, streams)

    def apply(self, conn: Connection[Any], batch: Sequence[Envelope]) -> None:
        """Take the facts of *batch* over and write what is to be told of them.

        Raises:
            Poison: a fact cannot be read or does not fit its stream.
        """
        requests = followed_requests(conn, sorted({envelope.stream for envelope in batch}))
        versions: dict[str, tuple[Followed, int]] = {}
        heard: list[tuple[Envelope, dict[str, Any], Followed]] = []
        for envelope in batch:
            data = members_of(envelope)
            followed = self._after(requests.get(envelope.stream), envelope, data)
            requests[envelope.stream] = followed
            versions[envelope.stream] = (followed, envelope.version)
            heard.append((envelope, data, followed))
        save_followed(conn, versions)
        climb(conn, heard)
        insert_deliveries(conn, self._deliveries(conn, heard))

    @staticmethod
    def _after(followed: Followed | None, envelope: Envelope, data: Mapping[str, Any]) -> Followed:
        try:
            then = after(followed, envelope.subject, envelope.type, data)
        except (KeyError, TypeError, AttributeError, ValueError) as fault:
            raise Poison(envelope, f"malformed: {fault!r}") from fault
        if then is None:
            raise Poison(envelope, "the stream has not begun")
        return then

    def _deliveries(self, conn: Connection[Any], heard: Sequence[tuple[Envelope, dict[str, Any], Followed]]) -> list[NewDelivery]:
        by_authority: dict[str, list[Subscription]] = {}
        for subscription in listening(conn):
            by_authority.setdefault(subscription.authority, []).append(subscription)
        if not by_authority:
            return []
        named = offices(conn, {authority for _, _, followed in heard for authority in involved(followed)})
        now = moment(conn)
        return [
            delivery
            for envelope, data, followed in heard
            for authority in involved(followed)
            for delivery in deliveries_of_fact(envelope, data, followed, by_authority.get(authority, ()), named, self._place, now)
        ]


def climb(conn: Connection[Any], heard: Sequence[tuple[Envelope, dict[str, Any], Followed]]) -> None:
    """Bring the ladders of the clocks in step with the facts.

    Raises:
        Poison: a clock fact cannot be read.
    """
    climbing = [each for each in heard if each[0].type in CLIMBING]
    if not climbing:
        return
    climbs = Climbs(conn, {envelope.stream for envelope, _, _ in climbing}, {envelope.stream: followed for envelope, _, followed in climbing})
    for envelope, data, followed in climbing:
        try:
            climbs.take(envelope.stream, envelope.type, envelope.id, data, followed, envelope.recorded_at)
        except (KeyError, TypeError, ValueError) as fault:
            raise Poison(envelope, f"malformed: {fault!r}") from fault
    climbs.save(max(envelope.recorded_at for envelope, _, _ in climbing))


def involved(followed: Followed) -> tuple[str, ...]:
    """Every authority on either side, each once."""
    return tuple(dict.fromkeys((followed.parties.requesting, *followed.parties.requested)))


class DirectoryFollower(DirectoryProjection):
    """Projection of ``mla.directory``: who may call, names, zones, contacts."""

    name = "notifications-directory"
