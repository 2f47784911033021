"""Who is told of a reached level, when, and in how many messages: one for each recipient, not one for each level."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from services.notifications.climbing import side_that_answers
from services.notifications.domain.contacts import mailbox_of
from services.notifications.domain.interest import hears
from services.notifications.domain.ladder import rungs_for
from services.notifications.domain.own_ladder import Setting, setting_from
from services.notifications.domain.running import Course
from services.notifications.domain.window import next_morning, next_opening
from services.notifications.messages.letter import spoken
from services.notifications.queries.clocks import when_text
from services.notifications.queries.deliveries import NewDelivery, collect, insert_deliveries, insert_told
from services.notifications.queries.following import Office, offices
from services.notifications.queries.ladders import ladder_settings
from services.notifications.queries.subscriptions import Subscription, listening
from services.notifications.reached import Fired, fact_of
from services.notifications.telling import Place, message_about, to_mailbox, to_subscription, wish_of
from shared.calendars import CalendarNotCovered, WorkingCalendar
from shared.calendars.zones import ZoneUnknown, zone
from shared.facts.codes import Side
from shared.facts.members import moment as moment_text
from shared.wire.codec import encode

TYPE = "EscalationReached"
INSTEAD: Mapping[str, tuple[str, ...]] = {
    "desk": ("desk", "supervisor", "head"),
    "supervisor": ("supervisor", "desk"),
    "head": ("head", "supervisor"),
    "liaison": ("liaison",),
}
"""Whom to write to where a role has no mailbox."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A mailbox of an office."""

    office: Office
    mailbox: str


class Warnings:
    """Writes the messages of reached levels, in the transaction that records them."""

    def __init__(self, place: Place, calendars: Mapping[str, WorkingCalendar]) -> None:
        self._place = place
        self._calendars = calendars

    def write(self, conn: Connection[Any], fired: Sequence[Fired], now: datetime) -> None:
        """Write one message for each recipient; levels of clocks that have ended meanwhile are recorded, not announced."""
        telling = [each for each in fired if each.run.course in (Course.RUNNING, Course.LAPSED)]
        if not telling:
            return
        named = offices(conn, {authority for each in telling for authority in self._involved(each)})
        settings = {authority: setting_from(document) for authority, document in ladder_settings(conn, named).items()}
        subscriptions = listening(conn)
        collected: dict[UUID, NewDelivery] = {}
        told: list[tuple[UUID, UUID]] = []
        for each in telling:
            heard = list(self._to_subscriptions(each, subscriptions, named, settings, now))
            insert_deliveries(conn, heard)
            told += [(each.id, delivery.id) for delivery in heard]
            for recipient in self._recipients(each, named, settings, {delivery.target for delivery in heard}):
                delivery = self._mail(each, recipient, named, settings, now)
                collected[delivery.id] = joined(collected.get(delivery.id), delivery)
        for delivery in collected.values():
            id_ = collect(conn, delivery)
            told += [(UUID(entry["escalation"]), id_) for entry in delivery.message["entries"]]
        insert_told(conn, told)

    @staticmethod
    def _involved(each: Fired) -> tuple[str, ...]:
        return (each.run.authority, each.followed.parties.requesting, *each.followed.parties.requested)

    def _entry(self, each: Fired, authority: str, named: Mapping[str, Office]) -> dict[str, Any]:
        run, level = each.run, each.level
        return message_about(each.followed, authority, named, self._place) | {
            "escalation": str(each.id),
            "clock": run.clock,
            "row": run.row,
            "revision": level.revision,
            "on": level.ladder_on,
            "level": level.level,
            "phase": each.phase,
            "effect": run.effect if run.hard else None,
            "strict_due": when_text(run.strict_due),
            "nominal_due": when_text(run.nominal_due),
            "adjusted_due": when_text(run.adjusted_due),
            "promised_due": when_text(run.promised),
            "citation": " ".join(part for part in (run.instrument, run.citation) if part) or None,
            "timestamp": moment_text(level.due_at),
            "zone": str(zone_of(named[authority])) if authority in named else None,
        }

    def _to_subscriptions(
        self, each: Fired, subscriptions: Sequence[Subscription], named: Mapping[str, Office], settings: Mapping[str, Setting], now: datetime
    ) -> Iterator[NewDelivery]:
        data = json.loads(encode(fact_of(each)))
        for subscription in subscriptions:
            if not hears(wish_of(subscription), each.followed, TYPE, data):
                continue
            office = named.get(subscription.authority)
            due_at = now if each.run.hard or office is None else self._opening(office, settings, now)
            entry = self._entry(each, subscription.authority, named) | {"fact": str(each.id)}
            yield to_subscription(subscription, "escalation", TYPE, entry, cause=str(each.id), now=now, due_at=due_at)

    def _recipients(self, each: Fired, named: Mapping[str, Office], settings: Mapping[str, Setting], told: set[str]) -> Iterator[Recipient]:
        """Yield the mailboxes that the level is for, each once; not those that a subscription told already."""
        owner = side_that_answers(each.run, each.followed, named)
        own = settings[owner].ladders if owner in settings else ()
        rungs = {rung.level: rung for rung in rungs_for(each.run, each.followed.kind, each.followed.urgency, own)}
        rung = rungs.get(each.level.level)
        seen = set(told)
        for role in rung.to if rung is not None else ():
            other, plain = role.startswith("other_"), role.removeprefix("other_")
            office = named.get(self._other_side(each, owner) if other else owner)
            if office is None or not office.member:
                continue
            mailbox = first_mailbox(office, plain, each.followed.desk_of(office.id))
            if mailbox is not None and mailbox not in seen:
                seen.add(mailbox)
                yield Recipient(office, mailbox)

    @staticmethod
    def _other_side(each: Fired, owner: str) -> str:
        parties = each.followed.parties
        return parties.requested[-1] if parties.side_of(owner) is Side.REQUESTING else parties.requesting

    def _mail(self, each: Fired, recipient: Recipient, named: Mapping[str, Office], settings: Mapping[str, Setting], now: datetime) -> NewDelivery:
        office = recipient.office
        digest = each.level.level == 1 and not each.run.hard and not isinstance(each.run.strict_due, datetime)
        due_at = now if each.run.hard else self._morning(office, settings, now) if digest else self._opening(office, settings, now)
        message = {"entries": [self._entry(each, office.id, named)]} | ({"sandbox": True} if self._place.sandbox else {})
        cause = f"levels {'hard' if each.run.hard else 'ordinary'} {due_at.isoformat()}"
        purpose = "digest" if digest else "escalation"
        return to_mailbox(recipient.mailbox, office.id, spoken(office.languages), purpose, TYPE, message, cause=cause, now=now, due_at=due_at)

    def _opening(self, office: Office, settings: Mapping[str, Setting], now: datetime) -> datetime:
        return next_opening(now, settings.get(office.id, Setting()).window, zone_of(office), self._is_working_day(office))

    def _morning(self, office: Office, settings: Mapping[str, Setting], now: datetime) -> datetime:
        return next_morning(now, settings.get(office.id, Setting()).window, zone_of(office), self._is_working_day(office))

    def _is_working_day(self, office: Office) -> Callable[[date], bool]:
        def answer(day: date) -> bool:
            try:
                return self._calendars[office.calendar or office.state].is_working_day(day)
            except (CalendarNotCovered, KeyError):
                return day.weekday() < 5

        return answer


def zone_of(office: Office) -> Any:
    """Return the zone of an office, UTC where it is not known."""
    try:
        return zone(office.time_zone)
    except ZoneUnknown:
        return zone("UTC")


def first_mailbox(office: Office, role: str, desk: str | None) -> str | None:
    """Return where *role* of the office is written to, or who is written to instead."""
    found = (mailbox_of(office.contacts, each, desk) for each in INSTEAD.get(role, (role,)))
    return next((mailbox for mailbox in found if mailbox is not None), None)


def joined(known: NewDelivery | None, delivery: NewDelivery) -> NewDelivery:
    """Return one message out of two to the same recipient."""
    if known is None:
        return delivery
    return replace(known, message={**known.message, "entries": [*known.message["entries"], *delivery.message["entries"]]})
