"""What was known of a stream at a moment: figures-1, section 1.

Corrections and reclassifications replace what was said before; nothing is rewritten, so the same moment always
gives the same list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.metrics.domain.facts import OWN_MEMBERS, Fact, Stream, moment

# What the first fact carries; a draft that is amended before it is sent carries the amended values.
HEAD_MEMBERS = ("kind", "instrument", "requesting", "requested", "measures", "persons", "case")
RECLASSIFIED_MEMBERS = ("kind", "instrument")


@dataclass(frozen=True, slots=True)
class Known:
    """A request as known at a moment: what it is, and what happened in order of (occurred, version)."""

    request: str
    head: Mapping[str, Any]
    facts: tuple[Fact, ...]
    corrected_at: datetime | None
    """When the last visible correction was recorded."""


def as_known_at(stream: Stream, known_at: datetime) -> Known | None:
    """The request as known at *known_at*; nothing when no fact of it was recorded by then."""
    visible = [fact for fact in stream.facts if fact.recorded_at <= known_at]
    if not visible:
        return None
    values = _corrections(visible)
    first = _corrected(visible[0], values.get(visible[0].id))
    true = [_corrected(fact, values.get(fact.id)) for fact in visible if not _void(values.get(fact.id))]
    corrections = [fact.recorded_at for fact in visible if fact.type == "FactCorrected"]
    return Known(
        request=stream.request,
        head=head_of(first, true),
        facts=tuple(sorted(true, key=lambda fact: (fact.occurred_at, fact.version))),
        corrected_at=max(corrections, default=None),
    )


def _corrections(visible: Sequence[Fact]) -> dict[str, Mapping[str, Any]]:
    """The replaced members of each corrected fact; a later correction wins per member.

    A correction may itself be corrected or void, by a later one; so the last is settled first.
    """
    values: dict[str, Mapping[str, Any]] = {}
    for fact in reversed(visible):
        if fact.type != "FactCorrected" or _void(values.get(fact.id)):
            continue
        settled = _corrected(fact, values.get(fact.id))
        target = str(settled.get("fact"))
        values[target] = {**settled.get("values", {}), **values.get(target, {})}
    return values


def _void(values: Mapping[str, Any] | None) -> bool:
    return values is not None and values.get("void") is True


def _corrected(fact: Fact, values: Mapping[str, Any] | None) -> Fact:
    if not values:
        return fact
    members = {**fact.members, **{name: value for name, value in values.items() if name not in OWN_MEMBERS and name != "void"}}
    occurred_at = moment(values["occurred_at"]) if values.get("occurred_at") else fact.occurred_at
    return replace(fact, occurred_at=occurred_at, members=members)


def head_of(first: Fact, true: Sequence[Fact]) -> dict[str, Any]:
    """What the request is: the first fact, what amended it as a draft, and the last reclassification (by version)."""
    head = {name: first.members.get(name) for name in HEAD_MEMBERS}
    for fact in true:
        if fact.type == "RequestAmended":
            changes = fact.get("changes", fact.members)
            head.update({name: changes[name] for name in HEAD_MEMBERS if changes.get(name) is not None})
    reclassified = [fact for fact in true if fact.type == "RequestReclassified"]
    if reclassified:
        last = reclassified[-1]
        head.update({name: last.members[name] for name in RECLASSIFIED_MEMBERS if name in last.members})
    return head
