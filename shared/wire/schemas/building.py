"""From the class of a fact to its schema."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field
from dataclasses import fields as members_of
from datetime import date, datetime
from functools import cache
from typing import Any

from marshmallow import INCLUDE, Schema, fields

from shared.facts.base import Value
from shared.facts.text import Sealed
from shared.wire.schemas.fields import CodeOrSealedText, DayOrMoment, SealedText


@cache
def schema_of(cls: type[Any]) -> type[Schema]:
    """Return the schema of *cls* (a fact or a part of one). Members that it does not know pass."""
    hints = typing.get_type_hints(cls)
    made: dict[str, Any] = {member.name: _field(hints[member.name], required=_required(member)) for member in members_of(cls) if member.name != "extra"}
    meta = type("Meta", (), {"unknown": INCLUDE})
    return type(cls.__name__, (Schema,), {**made, "Meta": meta, "__doc__": inspect.getdoc(cls), "__module__": __name__})


def _required(member: Field[Any]) -> bool:
    return member.default is MISSING and member.default_factory is MISSING


def _field(hint: Any, *, required: bool) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return _union(set(typing.get_args(hint)) - {type(None)}, required)
    if typing.get_origin(hint) is tuple:
        return fields.List(_field(typing.get_args(hint)[0], required=True), required=required)
    if isinstance(hint, type) and issubclass(hint, Value):
        return fields.Nested(schema_of(hint), required=required)  # type: ignore[arg-type]  # a class is hashable
    simple: Mapping[Any, Any] = {str: fields.String, int: fields.Integer, bool: fields.Boolean, date: fields.Date, datetime: fields.AwareDateTime}
    if hint in simple:
        strict = {"strict": True} if hint is int else {}
        return simple[hint](required=required, **strict)
    return fields.Dict(keys=fields.String(), required=required)


def _union(args: set[Any], required: bool) -> Any:
    if Sealed in args:
        return CodeOrSealedText(required=required) if str in args else SealedText(required=required)
    if args == {date, datetime}:
        return DayOrMoment(required=required)
    return _field(args.pop(), required=required)
