"""A request, and a fact of it, as the interface shows them to one caller."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.requests.access import Sight, redacted, sight
from services.requests.domain.request import Request
from services.requests.streams import OpenText, Stream
from services.requests.visible import direction, last_visible, may_see, sees
from shared.facts.base import Fact, Recorded, Value
from shared.facts.members import member_names, moment, to_members
from shared.facts.text import Sealed
from shared.storage.directory import Caller
from shared.web.errors import not_found


@dataclass(frozen=True, slots=True)
class Seen:
    """A stream as one caller sees it."""

    stream: Stream
    caller: Caller
    sight: Sight
    last: Recorded[Fact]

    @property
    def request(self) -> Request:
        """The request itself."""
        return self.stream.request

    @property
    def version(self) -> int:
        """The version for this caller: that of the last fact that it may see."""
        return self.last.version

    def may_see(self, recorded: Recorded[Fact]) -> bool:
        """Whether the caller may see this fact."""
        return may_see(self.request, recorded, self.caller.authority)


def seen_by(stream: Stream | None, caller: Caller) -> Seen:
    """*stream* as *caller* sees it; not found where the caller must not know that it exists."""
    if stream is None or not sees(stream.request, caller.authority):
        raise not_found()
    request = stream.request
    side = request.side_of(caller.authority)
    how = sight(request.confidentiality, request.desks.get(side) if side else None, caller.role, caller.desk)
    if how is Sight.NONE:
        raise not_found()
    return Seen(stream, caller, how, last_visible(request, caller.authority))


def request_members(seen: Seen, open_text: OpenText, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The request as in section 3 of the interface, redacted where the caller's desk is not the one (D-42)."""
    request, side = seen.request, seen.request.side_of(seen.caller.authority)
    members = {
        "id": str(seen.stream.id),
        "version": seen.version,
        "state": request.state,
        "hold": request.hold,
        "direction": direction(request, seen.caller.authority),
        "kind": request.kind,
        "instrument": request.instrument,
        "instrument_as_of": request.instrument_as_of,
        "requesting": request.requesting,
        "requested": request.requested,
        "case": request.case,
        "confidentiality": request.confidentiality,
        "holds": request.holds,
        "holder": request.holder,
        "competent": request.competent,
        "subject": request.subject,
        "offences": request.offences,
        "proceedings": request.proceedings,
        "languages": request.languages,
        "urgency": request.urgency,
        "measures": [_line(line, state=line.state) for line in request.measures],
        "persons": [_line(line) for line in request.persons],
        **_bookkeeping(seen),
        "fields": request.fields,
        "also_under": request.also_under,
        "notification_required": request.notification_required,
        "mandate": request.mandate,
        "desk": request.desks.get(side) if side else None,
        "officer": request.officers.get(side) if side else None,
        "clocks": [],
        "next_due": None,
        "overdue": False,
        "redacted": seen.sight is Sight.REDACTED,
        "occurred_at": seen.last.fact.occurred_at,
        "recorded_at": seen.last.recorded_at,
    }
    shown = redacted(members) if seen.sight is Sight.REDACTED else members
    clear: dict[str, Any] = plain(shown, open_text)
    return clear


def _bookkeeping(seen: Seen) -> dict[str, Any]:
    request, side = seen.request, seen.request.side_of(seen.caller.authority)
    return {
        "recipients": [_line(each) for each in request.recipients],
        "arrived_at": request.arrived_at,
        "channel": request.channel,
        "round": request.round,
        "missing": request.missing,
        "times_sent_back": request.times_sent_back,
        "times_transmitted": request.times_transmitted,
        "decision": request.decision,
        "decided_at": request.decided_at,
        "execution": request.execution,
        "executed_at": request.executed_at,
        "items": [{**to_members(item), "part": part.number} for part in request.parts for item in part.items],
        "parts": [{"part": each.number, "final": each.final, "returned_at": each.returned_at, "confirmed_at": each.confirmed_at} for each in request.parts],
        "feedback": request.feedback,
        "status_asked_at": request.status_asked_at,
        "ending": None if request.ending is None else _line(request.ending),
        "reopened": request.reopened,
        "conditions": [_line(each) for each in request.conditions],
        "costs": [_line(each) for each in request.costs],
        "assets": [_line(each) for each in request.assets],
        "custody": [_line(each) for each in request.custody],
        "links": [_line(each) for each in request.links],
        "notes": [_line(each) for each in request.notes if not each.internal or request.side_of(each.by) is side],
    }


def _line(line: Any, **more: Any) -> dict[str, Any]:
    """A part of a request with all its members, also those that are none."""
    return {name: getattr(line, name) for name in line.__slots__} | more


def fact_members(seen: Seen, recorded: Recorded[Fact], open_text: OpenText) -> dict[str, Any]:
    """One fact of the history, texts opened, redacted where the caller's desk is not the one."""
    fact = recorded.fact
    data = to_members(fact)
    base = {name: data.pop(name, None) for name in ("occurred_at", "by", "on_behalf_of")}
    if seen.sight is Sight.REDACTED:
        data = {name: None if name in _REDACTED_IN_FACTS else value for name, value in data.items()}
    clear: dict[str, Any] = plain(data, open_text)
    return {
        "id": str(recorded.id),
        "version": recorded.version,
        "type": type(fact).__name__,
        **base,
        "recorded_at": moment(recorded.recorded_at),
        "data": clear,
    }


_REDACTED_IN_FACTS = frozenset({"subject", "offences", "fields", "persons", "items", "changes", "values", "was", "text", "note"})


def plain(value: Any, open_text: OpenText) -> Any:
    """*value* in the shapes that JSON has, sealed texts opened."""
    if value is None or type(value) in _AS_IS:
        return value
    if isinstance(value, Sealed):
        return open_text(str(value))
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        if len(value) == 1 and isinstance(value.get("sealed"), str):
            return open_text(value["sealed"])
        return {str(name): plain(member, open_text) for name, member in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each, open_text) for each in value]
    if isinstance(value, Value):
        return {name: plain(getattr(value, name), open_text) for name in member_names(type(value))}
    return str(value)


_AS_IS = frozenset({str, int, float, bool})
