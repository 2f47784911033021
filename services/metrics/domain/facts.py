"""A fact as figures see it, in the short form of the figure files and in the full one of the wire.

Unknown members and unknown codes are kept, never refused: a newer writer must not stop a count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from services.metrics.domain.errors import QuestionInvalid

# The place and the times of a fact are not members that a correction may replace.
OWN_MEMBERS = frozenset({"id", "type", "recorded_at", "version"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact with its two times and its place in the stream."""

    id: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    version: int
    members: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str, otherwise: Any = None) -> Any:
        """The member *name*, or *otherwise* where it is absent or null."""
        value = self.members.get(name)
        return otherwise if value is None else value


@dataclass(frozen=True, slots=True)
class Stream:
    """All facts of one request, in order of version; escalations of that request come after its own."""

    request: str
    facts: tuple[Fact, ...]


def moment(value: str | datetime) -> datetime:
    """A moment in UTC from RFC 3339 text with any offset.

    Raises:
        ValueError: no moment, or one without an offset.
    """
    parsed = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        raise ValueError(f"{value} has no offset")
    return parsed.astimezone(UTC)


def fact(record: Mapping[str, Any], place: int) -> Fact:
    """A fact from its JSON form (its members beside its id, or a CloudEvent); without a version of its own it stands at *place*."""
    if isinstance(record.get("data"), Mapping) and "specversion" in record:
        record = {**record["data"], "id": record["id"], "type": record["type"], "recorded_at": record["time"], "version": record.get("streamversion")}
    version = record.get("version")
    return Fact(
        id=str(record["id"]),
        type=str(record["type"]),
        occurred_at=moment(record["occurred_at"]),
        recorded_at=moment(record["recorded_at"]),
        version=version if isinstance(version, int) else place,
        members={name: value for name, value in record.items() if name not in OWN_MEMBERS},
    )


def streams(lines: Iterable[Mapping[str, Any]]) -> list[Stream]:
    """The streams of a file: one line is one stream; lines of the same request are joined, as they come, and a fact that is told twice counts once.

    Raises:
        QuestionInvalid: a line that is no stream.
    """
    joined: dict[str, list[Fact]] = {}
    for number, line in enumerate(lines, start=1):
        try:
            facts = joined.setdefault(str(line["request"]), [])
            offset = max((known.version for known in facts), default=0)
            told = [fact(record, offset + place) for place, record in enumerate(line["facts"], start=1)]
        except (KeyError, TypeError, ValueError) as error:
            raise QuestionInvalid(((f"/{number}", f"not a stream of facts: {error}"),)) from error
        known_by_id = {known.id: known for known in facts}
        facts.extend(new for new in told if new.id not in known_by_id or replace(new, version=known_by_id[new.id].version) != known_by_id[new.id])
    return [Stream(request, tuple(sorted(facts, key=lambda known: known.version))) for request, facts in joined.items()]
