"""A request and its history as plain members, for one reader. Pure: texts are opened by what is passed in, clocks come from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from services.requests.domain.access import Access, Reader, access, last_visible, redacted, visible
from services.requests.domain.lines import Money, Part, PersonLine
from services.requests.domain.request import Request, effective
from services.requests.domain.verdicts import primary_move
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded
from shared.facts.codes import Side
from shared.facts.members import moment, plain, to_members
from shared.facts.text import Sealed

Opened = Callable[[Sealed], str | None]


def unread(text: Sealed) -> str | None:
    """Return None: whoever has no way to open a text sees that there is one that cannot be read."""
    return None


def as_document(id: str, request: Request, reader: Reader, *, opened: Opened = unread, clocks: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """Return the request as *reader* sees it; None when it does not exist for that reader.

    Args:
        opened: turns a sealed text into its words; None where they cannot be read.
        clocks: the members ``clocks``, ``next_due`` and ``overdue``.
    """
    seen = access(request, reader)
    if seen is Access.NONE:
        return None
    document = {
        **_identity(id, request, reader),
        **_parties(request),
        **_substance(request),
        **_progress(request, reader.authority),
        **_lines(request, reader),
        **(clocks or {"clocks": [], "next_due": None, "overdue": False}),
        **_times(request, reader.authority),
    }
    clear = _words(document, opened)
    return redacted(clear) if seen is Access.REDACTED else clear


def direction(request: Request, authority: str) -> str | None:
    """``outgoing`` or ``incoming`` as *authority* sees it; None on neither side."""
    side = request.side_of(authority)
    return None if side is None else "outgoing" if side is Side.REQUESTING else "incoming"


def _identity(id: str, request: Request, reader: Reader) -> dict[str, Any]:
    last = last_visible(request, reader.authority)
    return {
        "id": id,
        "version": last.version if last else 0,
        "state": str(request.state),
        "hold": _code(request.hold),
        "holds": [str(hold) for hold in request.holds],
        "direction": direction(request, reader.authority),
        "kind": request.kind,
        "instrument": request.instrument,
        "instrument_as_of": request.instrument_as_of,
    }


def _parties(request: Request) -> dict[str, Any]:
    return {
        "requesting": _party(request.requesting),
        "requested": _party(request.requested),
        "recipients": [
            {
                "authority": each.authority,
                "reached_at": each.reached_at,
                "acknowledged_at": each.acknowledged_at,
                "received_at": each.received_at,
                "reference": each.reference,
            }
            for each in request.recipients
        ],
        "competent": request.competent,
        "holder": request.holder,
    }


def _party(party: facts.Party) -> dict[str, Any]:
    return {"authority": party.authority, "state": party.state, "reference": party.reference}


def _substance(request: Request) -> dict[str, Any]:
    urgency = request.urgency
    return {
        "case": request.case,
        "confidentiality": request.confidentiality,
        "subject": request.subject,
        "offences": list(request.offences),
        "proceedings": request.proceedings,
        "languages": list(request.languages),
        "urgency": None if urgency is None else {"level": urgency.level, "reason": urgency.reason, "needed_by": urgency.needed_by},
        "fields": dict(request.fields),
        "also_under": list(request.also_under),
        "notification_required": request.notification_required,
        "mandate": None if request.mandate is None else to_members(request.mandate),
    }


def _progress(request: Request, authority: str) -> dict[str, Any]:
    ending = request.ending
    return {
        "channel": request.channel,
        "arrived_at": request.arrived_at,
        "missing": list(request.missing),
        "sent_back": request.times_sent_back,
        "round": request.round,
        "decision": request.decision,
        "decided_at": request.decided_at,
        "execution": request.execution,
        "executed_at": request.executed_at,
        "ending": None
        if ending is None
        else {
            "state": str(ending.state),
            "reason": ending.reason,
            "occurred_at": ending.occurred_at,
            "duplicate_of": ending.duplicate_of,
            "superseded_by": ending.superseded_by,
        },
        "status_asked_at": request.status_asked_at,
        "feedback": request.feedback,
        "primary_move": primary_move(request, authority),
    }


def _lines(request: Request, reader: Reader) -> dict[str, Any]:
    side = request.side_of(reader.authority)
    notes = [note for note in request.notes if not note.internal or request.side_of(note.by) is side]
    return {
        "desk": request.desks.get(reader.authority),
        "officer": request.officers.get(reader.authority),
        "measures": [
            {
                "id": line.id,
                "type": line.type,
                "description": line.description,
                "state": line.state,
                "decided": line.decided,
                "outcome": line.outcome,
                "grounds": list(line.grounds),
                "completed_at": line.completed_at,
            }
            for line in request.measures
        ],
        "persons": [_person(person) for person in request.persons],
        "conditions": [{"type": each.type, "text": each.text, "by": each.by} for each in request.conditions],
        "parts": [_part(part) for part in request.parts],
        "items": [to_members(item) for part in request.parts for item in part.items],
        "costs": [_money(cost) for cost in request.costs],
        "assets": [_money(asset) for asset in request.assets],
        "custody": [{"item": each.item, "from": each.giver, "to": each.taker, "seal": each.seal, "occurred_at": each.occurred_at} for each in request.custody],
        "links": [{"type": link.type, "request": link.request} for link in request.links],
        "notes": [{"id": str(note.id), "text": note.text, "internal": note.internal, "by": note.by, "occurred_at": note.occurred_at} for note in notes],
    }


def _person(person: PersonLine) -> dict[str, Any]:
    return {
        "id": person.id,
        "role": person.role,
        "custody": person.in_custody or bool(person.custody),
        "arrested_at": person.arrested_at,
        "consented_at": person.consented_at,
        "hearing": person.hearing,
        "decision": person.decision,
        "agreed_date": person.agreed_date,
        "surrender_postponed": person.postponed_at is not None,
        "surrendered_at": person.surrendered_at,
        "released_at": person.released_at,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "part": part.number,
        "final": part.final,
        "items": [item.id for item in part.items],
        "returned_at": part.returned_at,
        "confirmed_at": part.confirmed_at,
    }


def _money(money: Money) -> dict[str, Any]:
    return {"type": money.type, "amount": money.amount, "currency": money.currency, "occurred_at": money.occurred_at, "by": money.by}


def _times(request: Request, authority: str) -> dict[str, Any]:
    last = last_visible(request, authority)
    return {"occurred_at": last.fact.occurred_at if last else None, "recorded_at": last.recorded_at if last else None}


def _code(code: Any) -> str | None:
    return None if code is None else str(code)


def _words(value: Any, opened: Opened) -> Any:
    """*value* in the shapes of JSON, with each sealed text as its words; in one walk, because every read makes it."""
    kind = type(value)
    if kind in _AS_IS:
        return value
    if kind is dict:
        if len(value) == 1 and isinstance(value.get("sealed"), str):
            return opened(Sealed(value["sealed"]))
        return {name: member if type(member) in _AS_IS else _words(member, opened) for name, member in value.items()}
    if kind is list or kind is tuple:
        return [_words(each, opened) for each in value]
    if kind is datetime:
        return moment(value)
    if kind is Sealed:
        return opened(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return _words(dict(value), opened)
    return plain(value)


_AS_IS = frozenset({str, int, float, bool, type(None)})


def as_history(request: Request, reader: Reader, *, after_version: int = 0, opened: Opened = unread) -> list[dict[str, Any]] | None:
    """Return every fact that *reader* may see, in order, with what corrects it; None when there is no such request for that reader."""
    seen = access(request, reader)
    if seen is Access.NONE:
        return None
    corrections = _corrections(request)
    right = effective(request.history) if corrections else request.history
    first = next((place for place in range(len(request.history), 0, -1) if request.history[place - 1].version <= after_version), 0)
    return [
        _entry(each, now, corrections.get(str(each.id), []), opened, seen is Access.REDACTED)
        for each, now in zip(request.history[first:], right[first:], strict=True)
        if visible(each, request, reader.authority)
    ]


def _corrections(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in request.history:
        if isinstance(each.fact, facts.FactCorrected):
            found.setdefault(each.fact.fact, []).append(str(each.id))
    return found


def _entry(recorded: Recorded[Fact], now: Recorded[Fact] | None, corrected_by: list[str], opened: Opened, hidden: bool) -> dict[str, Any]:
    fact = recorded.fact
    members = {name: value for name, value in to_members(fact).items() if name not in ("occurred_at", "by", "on_behalf_of", "note")}
    return {
        "id": str(recorded.id),
        "version": recorded.version,
        "type": type(fact).__name__,
        "occurred_at": moment(fact.occurred_at),
        "recorded_at": moment(recorded.recorded_at),
        "by": fact.by,
        "on_behalf_of": fact.on_behalf_of,
        "note": None if hidden else _words(fact.note, opened),
        "members": {} if hidden else _words(members, opened),
        "corrected_by": corrected_by,
        "void": now is None,
    }
