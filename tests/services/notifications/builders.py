"""Facts in envelopes, authorities in the directory, subscriptions in the database: what tests of this service begin with."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from secrets import token_bytes
from typing import Any
from uuid import UUID

from psycopg import Connection

from services.notifications.channels.signing import PREFIX
from services.notifications.projector import RequestFollower
from services.notifications.queries.subscriptions import MAIL_WIDTH, WEBHOOK_WIDTH, Subscription, insert_lane, insert_subscription
from services.notifications.telling import Place
from shared.facts.base import Fact
from shared.facts.clocks import ClockMet, ClockStarted
from shared.facts.directory import AuthorityRegistered, KeyIssued
from shared.facts.identifiers import uuid7
from shared.facts.members import parse_when
from shared.facts.requests import Measure, Party, RequestAcknowledged, RequestDrafted, RequestSent
from shared.storage.clock import set_test_clock
from shared.storage.directory import apply_directory, key_hash, stream_of
from shared.storage.positions import take_watermark
from shared.wire.codec import encode
from shared.wire.envelope import Envelope

R, E, X = "r-central", "e-central", "x-central"
T0 = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)  # a Monday
PLACE = Place("https://console.example.org")
API_KEY_SECRET = "a secret of the deployment that is long enough"
_numbers = count(1)


def new_secret() -> str:
    """A secret of a webhook as its receiver stores it."""
    return PREFIX + b64encode(token_bytes(32)).decode()


def new_id() -> UUID:
    return uuid7(datetime.now(UTC))


class Stream:
    """One request's facts, in envelopes with growing versions."""

    def __init__(self, request: UUID | None = None, began_at: datetime = T0) -> None:
        self.id = str(request or new_id())
        self._began_at = began_at
        self.envelopes: list[Envelope] = []

    def add(self, *facts: Fact, recorded_at: datetime | None = None) -> list[Envelope]:
        new = []
        for fact in facts:
            version = len(self.envelopes) + 1
            when = recorded_at or max(fact.occurred_at, datetime.now(UTC))
            value = encode(fact)
            new.append(Envelope(str(new_id()), type(fact).__name__, fact.schema_version, self.id, self.id, version, "mla.requests", when, value))
            self.envelopes.append(new[-1])
        return new


def drafted(at: datetime = T0, **members: Any) -> RequestDrafted:
    known: dict[str, Any] = {
        "kind": "eio",
        "instrument": "EU-EIO",
        "requesting": Party(authority=R, state="DE", reference="9 AR 12/26"),
        "requested": Party(authority=E, state="CZ"),
        "subject": "Bank records",
        "measures": (Measure(id="m1", type="bank_records"),),
    }
    return RequestDrafted(occurred_at=at, by=R, **(known | members))


def sent(at: datetime = T0 + timedelta(hours=1)) -> RequestSent:
    return RequestSent(occurred_at=at, by=R, channel="portal")


def acknowledged(at: datetime = T0 + timedelta(hours=2)) -> RequestAcknowledged:
    return RequestAcknowledged(occurred_at=at, by=E, reference="E-77/26")


def follow(conn: Connection[Any], envelopes: Sequence[Envelope]) -> None:
    """Apply *envelopes* as the projection daemon does: in one transaction."""
    with conn.transaction():
        RequestFollower(PLACE).apply(conn, envelopes)


def subscribed(conn: Connection[Any], authority: str = R, target: str = "desk@authority.example.org", **members: Any) -> Subscription:
    """A subscription that is verified and began an hour ago."""
    now = datetime.now(UTC) - timedelta(hours=1)
    webhook = target.startswith("http")
    made = Subscription(
        id=new_id(), authority=authority, channel="webhook" if webhook else "mail", target=target, kinds=[], types=[], desk=None, language="en", label=None,
        alert_to=None, state="active", challenge="once upon a time" if webhook else None, key_generation=1, previous_key_until=None, created_at=now,
        created_by="k1", verified_at=now,
    )  # fmt: skip
    made = replace(made, **members)
    insert_subscription(conn, made)
    insert_lane(conn, made.lane, width=WEBHOOK_WIDTH if webhook else MAIL_WIDTH, verified=made.state != "unverified")
    return made


def directory_fact(authority: str, version: int, fact: Fact) -> Envelope:
    stream = str(stream_of(authority))
    return Envelope(str(new_id()), type(fact).__name__, 1, stream, authority, version, "mla.directory", datetime.now(UTC), encode(fact))


def registered(conn: Connection[Any], authority: str, **members: Any) -> None:
    """*authority* stands in this service's copy of the directory."""
    known: dict[str, Any] = {"name": f"Central authority {authority[0].upper()}", "state": "DE", "time_zone": "Europe/Berlin", "languages": ("de", "en")}
    fact = AuthorityRegistered(occurred_at=T0, by=authority, id=authority, **(known | members))
    apply_directory(conn, [directory_fact(authority, 1, fact)])


def key_for(conn: Connection[Any], authority: str, role: str, desk: str | None = None) -> str:
    """A bearer token of *authority* for *role*."""
    id_ = f"k{next(_numbers)}"
    fact = KeyIssued(occurred_at=T0, by=authority, key=id_, authority=authority, hash=key_hash(API_KEY_SECRET, "secret"), role=role, desk=desk)
    apply_directory(conn, [directory_fact(authority, next(_numbers) + 1, fact)])
    return f"rog_{id_}_secret"


def rows(conn: Connection[Any]) -> list[dict[str, Any]]:
    """Every delivery, in the order in which it was written."""
    names = ("id", "channel", "target", "authority", "purpose", "type", "message_id", "state", "message", "attempts", "tries", "due_at", "reason", "lane")
    found = conn.execute(
        "SELECT id, channel, target, authority, purpose, type, message_id, state, message, attempts, tries, due_at, reason, lane FROM delivery ORDER BY seq"
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def clock_started(stream: Stream, due: str = "2026-07-01", *, at: datetime = T0, **members: Any) -> ClockStarted:
    """A clock of thirty days on the requested side, in Prague."""
    known: dict[str, Any] = {
        "clock": str(new_id()), "row": "EIO-RECOG", "stage": "decision", "unit": "calendar_days", "zone": "Europe/Prague", "effect": "none", "nature": "duty",
        "limit": "P30D", "authority": E, "side": "requested", "instrument": "EU-EIO", "citation": "Art. 12(3)",
    }  # fmt: skip
    dates = {name: parse_when(due) for name in ("nominal_due", "adjusted_due", "strict_due")}
    return ClockStarted(occurred_at=at, by=E, **(known | dates | members))


def clock_met(started: ClockStarted, at: datetime) -> ClockMet:
    return ClockMet(occurred_at=at, by=E, clock=started.clock, row=started.row)


def known_up_to(conn: Connection[Any], moment: datetime) -> None:
    """Everything recorded before *moment* is known, and it is *moment* now."""
    assert set_test_clock(conn, moment)
    take_watermark(conn, RequestFollower.name, "mla.requests", 1, moment)


def reached(conn: Connection[Any]) -> list[tuple[str, int, str]]:
    """What was reached, in order: row, level, on what."""
    return conn.execute("SELECT row_id, level, ladder_on FROM escalation ORDER BY seq").fetchall()
