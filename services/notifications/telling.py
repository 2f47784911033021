"""From a fact to the deliveries it causes: a message in codes for each subscription that hears of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.notifications.domain.following import Followed
from services.notifications.domain.interest import Wish, hears
from services.notifications.queries.deliveries import NewDelivery
from services.notifications.queries.following import Office
from services.notifications.queries.subscriptions import Subscription
from shared.facts.identifiers import DELIVERIES, caused
from shared.wire.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Place:
    """Where the console stands and whether this is a sandbox; goes into every message."""

    public_url: str
    sandbox: bool = False

    def link_to(self, request: str) -> str | None:
        """The page of a request, where there is a console."""
        return f"{self.public_url}/requests/{request}" if self.public_url else None


def wish_of(subscription: Subscription) -> Wish:
    """Return what *subscription* asks for."""
    return Wish(authority=subscription.authority, kinds=frozenset(subscription.kinds), types=frozenset(subscription.types), desk=subscription.desk)


def local_date(moment: datetime, zone: str | None) -> str:
    """Return the date of *moment* in *zone* (UTC where it is not known)."""
    try:
        return moment.astimezone(ZoneInfo(zone) if zone else UTC).date().isoformat()
    except (ZoneInfoNotFoundError, ValueError):
        return moment.astimezone(UTC).date().isoformat()


def message_about(followed: Followed, authority: str, offices: Mapping[str, Office], place: Place) -> dict[str, Any]:
    """Return what every message about a request says to *authority*: references, the other side, the kind, the link. No person, no text."""
    counterpart = followed.counterpart_of(authority)
    named = offices.get(counterpart)
    return {
        "request": followed.id,
        "kind": followed.kind,
        "state": followed.state,
        "reference": followed.reference_for(authority),
        "counterpart": named.name if named else counterpart,
        "link": place.link_to(followed.id),
        **({"sandbox": True} if place.sandbox else {}),
    }


def deliveries_of_fact(
    envelope: Envelope,
    data: Mapping[str, Any],
    followed: Followed,
    subscriptions: Iterable[Subscription],
    offices: Mapping[str, Office],
    place: Place,
    now: datetime,
) -> list[NewDelivery]:
    """Return one delivery for each of *subscriptions* that hears of the fact. What was recorded before a subscription began is not told."""
    found = []
    for each in subscriptions:
        if each.created_at > envelope.recorded_at or not hears(wish_of(each), followed, envelope.type, data):
            continue
        occurred_at = datetime.fromisoformat(str(data["occurred_at"]))
        zone = offices[each.authority].time_zone if each.authority in offices else None
        message = message_about(followed, each.authority, offices, place) | {
            "version": envelope.version,
            "fact": envelope.id,
            "timestamp": str(data["occurred_at"]),
            "happened_on": local_date(occurred_at, zone),
            "recorded_on": local_date(envelope.recorded_at, zone),
        }
        found.append(to_subscription(each, "fact", envelope.type, message, cause=envelope.id, version=envelope.version, now=now))
    return found


def to_subscription(
    subscription: Subscription,
    purpose: str,
    type_: str,
    message: Mapping[str, Any],
    *,
    cause: str,
    now: datetime,
    version: int | None = None,
    due_at: datetime | None = None,
) -> NewDelivery:
    """Return the delivery of *message* to *subscription*. A webhook's message id is that of its cause, a mail's that of the delivery."""
    id_ = caused(DELIVERIES, subscription.id, cause)
    return NewDelivery(
        id=id_,
        lane=subscription.lane,
        subscription=subscription.id,
        authority=subscription.authority,
        channel=subscription.channel,
        target=subscription.target,
        language=subscription.language,
        purpose=purpose,
        message_id=cause if subscription.channel == "webhook" else str(id_),
        type=type_,
        request=UUID(message["request"]) if message.get("request") else None,
        version=version,
        message=message,
        due_at=due_at or now,
        created_at=now,
    )


def to_mailbox(
    mailbox: str,
    authority: str,
    language: str,
    purpose: str,
    type_: str,
    message: Mapping[str, Any],
    *,
    cause: str,
    now: datetime,
    due_at: datetime | None = None,
) -> NewDelivery:
    """Return the delivery of *message* to a mailbox of *authority* that is no subscription."""
    id_ = caused(DELIVERIES, mailbox, cause)
    return NewDelivery(
        id=id_,
        lane="mail",
        subscription=None,
        authority=authority,
        channel="mail",
        target=mailbox,
        language=language,
        purpose=purpose,
        message_id=str(id_),
        type=type_,
        request=UUID(message["request"]) if message.get("request") else None,
        version=None,
        message=message,
        due_at=due_at or now,
        created_at=now,
    )
