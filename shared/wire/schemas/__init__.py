"""A marshmallow schema of each fact, made from its class: to check examples and foreign input, and to describe the facts to others.

Here must not be: the way that facts are read while the system works; that is ``codec.py``, which is faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from marshmallow import Schema

from shared.facts import FACTS
from shared.wire.schemas.building import schema_of

# (type, version) → schema. A version that is no longer today's gets a frozen schema of its own beside these.
SCHEMAS: Mapping[tuple[str, int], type[Schema]] = MappingProxyType(
    {(name, cls.schema_version): schema_of(cls) for name, cls in FACTS.items()}  # type: ignore[arg-type]  # a class is hashable
)

__all__ = ["SCHEMAS"]
