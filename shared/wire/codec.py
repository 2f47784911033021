"""Facts as bytes and back.

The bytes are canonical JSON (members sorted, no spaces, UTF-8), so that the same fact has the same bytes and the same hash for ever. Reading takes older
versions through the upcasters, and keeps members that it does not know.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.facts import FACTS
from shared.facts.base import Fact, Recorded
from shared.facts.members import MalformedFact, from_members, to_members
from shared.facts.text import texts_in
from shared.wire.upcasters import upcast

if TYPE_CHECKING:
    from shared.wire.envelope import Envelope

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False).encode


_parse = json.JSONDecoder().decode  # half the work of json.loads, which looks for an encoding first


class UnsealedText(ValueError):
    """A fact still holds clear words of a person; it must not be stored."""


class UnknownFact(ValueError):
    """No fact of this type is known here."""


def canonical(data: Any) -> bytes:
    """Return plain *data* as canonical JSON."""
    return _canonical(data).encode()


def encode(fact: Fact) -> bytes:
    """Return *fact* as it is stored and published.

    Raises:
        UnsealedText: a free text was not sealed.
    """
    if texts_in(fact):
        raise UnsealedText(f"{type(fact).__name__} holds a text that is not sealed")
    return canonical(to_members(fact))


def decode(type: str, schema_version: int, value: bytes | str) -> Fact:
    """Return the fact that *value* holds, brought to the version of today.

    Raises:
        UnknownFact: no such type, or no way from this version.
        MalformedFact: the bytes do not make such a fact.
    """
    cls = FACTS.get(type)
    if cls is None:
        raise UnknownFact(type)
    try:
        data = _parse(value if isinstance(value, str) else str(value, "utf-8"))
    except ValueError as fault:
        raise MalformedFact(f"{type}: no JSON") from fault
    if schema_version < cls.schema_version:
        data = upcast(type, schema_version, cls.schema_version, data)
    fact: Fact = from_members(cls, data)
    return fact


def recorded(envelope: Envelope) -> Recorded[Fact]:
    """Return the fact of *envelope* with its place in the log."""
    return Recorded(UUID(envelope.id), envelope.version, envelope.recorded_at, decode(envelope.type, envelope.schema_version, envelope.value))
