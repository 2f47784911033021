"""Telling the owner of a receiver that it can no longer be reached, by another way than the one that failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from psycopg import Connection

from services.notifications.domain.contacts import mailboxes
from services.notifications.messages.letter import spoken
from services.notifications.queries.deliveries import Claimed, NewDelivery
from services.notifications.queries.following import offices
from services.notifications.queries.subscriptions import Subscription, listening, subscription
from services.notifications.telling import Place, to_mailbox, to_subscription
from shared.facts.members import moment as moment_text

SILENT = frozenset({"alert", "test"})
"""Purposes whose failure alerts nobody: an alert about an alert would never end, and who asks for a test looks at its result."""


def alerts_about(conn: Connection[Any], claimed: Claimed, reason: str, place: Place, now: datetime) -> list[NewDelivery]:
    """Return the alerts that a delivery given up causes: at most one a receiver and day for each way out."""
    if claimed.purpose in SILENT:
        return []
    owner = subscription(conn, claimed.subscription) if claimed.subscription else None
    type_ = "subscription.disabled" if reason == "gone" else "delivery.given_up"
    cause = f"{type_}:{claimed.lane}:{claimed.target}:{now.date()}"
    message = {
        "target": claimed.target,
        "reason": reason,
        "delivery": str(claimed.id),
        "subscription": str(claimed.subscription) if claimed.subscription else None,
        "timestamp": moment_text(now),
        "link": f"{place.public_url}/deliveries" if place.public_url else None,
        **({"sandbox": True} if place.sandbox else {}),
    }
    return [
        *(
            to_mailbox(mailbox, claimed.authority, language, "alert", type_, message, cause=cause, now=now)
            for mailbox, language in owners_mailbox(conn, claimed, owner)
        ),
        *(to_subscription(each, "alert", type_, message, cause=cause, now=now) for each in other_webhooks(conn, claimed)),
    ]


def owners_mailbox(conn: Connection[Any], claimed: Claimed, owner: Subscription | None) -> Iterator[tuple[str, str]]:
    """Yield the one mailbox to write to, and in which language: that named for alerts, else a contact of the authority; never the one that failed."""
    named = [owner.alert_to] if owner is not None and owner.alert_to else []
    office = offices(conn, [claimed.authority]).get(claimed.authority)
    language = owner.language if owner is not None else spoken(office.languages if office else [])
    for mailbox in (*named, *mailboxes(office.contacts if office else {})):
        if mailbox != claimed.target:
            yield mailbox, language
            return


def other_webhooks(conn: Connection[Any], claimed: Claimed) -> list[Subscription]:
    """Return the working webhooks of the authority, where it was a mail that failed."""
    if claimed.channel != "mail":
        return []
    return [each for each in listening(conn) if each.authority == claimed.authority and each.channel == "webhook" and each.state == "active"]
