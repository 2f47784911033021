"""A decided fact as it is appended: every clear text of a person sealed, with the wrapped key that belongs to it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.requests.streams import Place
from services.requests.vault.texts import Sealer
from shared.facts.base import Fact, Recorded
from shared.facts.identifiers import uuid7
from shared.facts.members import to_members
from shared.facts.text import Text
from shared.storage.event_log import NewEvent, TextKey
from shared.wire.codec import canonical


@dataclass(frozen=True, slots=True)
class Noted:
    """What each sealed text of some facts says, as far as it was sealed now, and where each stands."""

    words: dict[str, str | None] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)


def sealed_event(sealer: Sealer, stream: UUID, recorded: Recorded[Fact], noted: Noted) -> tuple[NewEvent, list[TextKey]]:
    """The fact as bytes, without a clear text in it, and the keys of its texts; *noted* takes note of them."""
    keys: list[TextKey] = []

    def walk(value: Any, pointer: str) -> Any:
        kind = type(value)
        if kind is Text:
            key_id = uuid7(recorded.recorded_at)
            sealed, wrapped = sealer.seal(value, key_id, stream=stream, fact=recorded.id, pointer=pointer)
            keys.append(TextKey(key_id, wrapped))
            noted.words[sealed] = str(value)
            noted.places[sealed] = recorded.id, pointer
            return {"sealed": sealed}
        if kind is dict:
            if len(value) == 1 and type(value.get("sealed")) is str:  # was sealed before; clear words under that name are a Text
                noted.places[value["sealed"]] = recorded.id, pointer
                return value
            return {name: walk(member, f"{pointer}/{name}") for name, member in value.items()}
        if kind is list:
            return [walk(member, f"{pointer}/{number}") for number, member in enumerate(value)]
        return value

    fact = recorded.fact
    payload = canonical(walk(to_members(fact), ""))
    return NewEvent(recorded.id, type(fact).__name__, type(fact).schema_version, payload), keys
