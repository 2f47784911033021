"""Facts as plain members (what JSON can hold) and back, after the annotations of their classes.

Unknown members are kept in ``extra`` and written back, on every level. Members that are None are left out.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar

from shared.facts.base import NOTHING, Value
from shared.facts.text import Sealed, Text

T = TypeVar("T")
Load = Callable[[Any], Any]


class MalformedFact(ValueError):
    """Members that do not make a fact of this class."""


def from_members(cls: type[T], data: Mapping[str, Any]) -> T:
    """Return the *cls* that *data* describes.

    Raises:
        MalformedFact: a member is missing or of another shape.
    """
    loads = _plan(cls)  # type: ignore[arg-type]  # a class is hashable, whatever its type parameter
    try:
        known: dict[str, Any] = {}
        extra: dict[str, Any] | None = None
        for name, value in data.items():
            load = loads.get(name)
            if load is str and type(value) is str:
                known[name] = value
            elif load is None:
                if extra is None:
                    extra = {}
                extra[name] = _keep(value)
            elif load is str and value is not None:
                known[name] = _string(value)
            elif value is not None:
                known[name] = load(value)
        if extra:
            known["extra"] = extra
        return cls(**known)
    except (TypeError, ValueError, KeyError, AttributeError) as fault:
        raise MalformedFact(f"{cls.__name__}: {fault}") from fault


def to_members(value: Any) -> dict[str, Any]:
    """Return *value* (a fact or a part of one) as plain members; texts stay :class:`Text` and :class:`Sealed`."""
    out: dict[str, Any] = {}
    for name in _names(type(value)):  # type: ignore[arg-type]  # likewise
        member = getattr(value, name)
        if member is not None:
            out[name] = plain(member)
    if value.extra:
        out.update(plain(value.extra))
    return out


def plain(value: Any) -> Any:
    """Return *value* in the shapes that JSON has. Moments are UTC with a Z, sealed texts ``{"sealed": …}``."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or kind is Text:
        return value
    if kind is datetime:
        return moment(value)
    if kind is Sealed:
        return {"sealed": str(value)}
    if kind is tuple or kind is list:
        return [plain(each) for each in value]
    if isinstance(value, Value):
        return to_members(value)
    if isinstance(value, Mapping):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


def moment(at: datetime) -> str:
    """Return *at* as RFC 3339 in UTC with a Z; microseconds only where there are any."""
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()[:-6] + "Z"


def parse_moment(value: str) -> datetime:
    """Return the moment that *value* (RFC 3339, any offset) names, in UTC."""
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(f"no offset in {value}")
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def parse_when(value: str) -> date | datetime:
    """Return the day or the moment that *value* names."""
    return date.fromisoformat(value) if len(value) == 10 else parse_moment(value)


def member_names(cls: type) -> tuple[str, ...]:
    """The names of the members that *cls* has on the wire, in order of declaration."""
    return _names(cls)


@cache
def _names(cls: type[Any]) -> tuple[str, ...]:
    return tuple(member.name for member in fields(cls) if member.name != "extra")


@cache
def _plan(cls: type[Any]) -> dict[str, Load]:
    hints = typing.get_type_hints(cls)
    return {name: _loader(hints[name]) for name in _names(cls)}  # type: ignore[arg-type]  # likewise


def _loader(hint: Any) -> Load:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return _union_loader({arg for arg in typing.get_args(hint) if arg is not type(None)})
    if typing.get_origin(hint) is tuple:
        each = _loader(typing.get_args(hint)[0])
        each = _string if each is str else each
        return lambda values: tuple([each(value) for value in values])
    if isinstance(hint, type) and issubclass(hint, Value):
        return lambda value: from_members(hint, value)
    if hint is datetime:
        return parse_moment
    if hint is date:
        return date.fromisoformat
    if hint is str:
        return str
    if hint in (int, bool):
        return _exactly(hint)
    return _keep_mapping


def _union_loader(args: set[Any]) -> Load:
    if Sealed in args:
        return _text_or_code if str in args else _text
    if args == {date, datetime}:
        return parse_when
    if len(args) == 1:
        return _loader(args.pop())
    raise TypeError(f"no way to read {args}")


def _string(value: Any) -> str:
    """*value* if it is a string, subclasses too."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no str")
    return value


def _exactly(kind: type) -> Load:
    def load(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{value!r} is no {kind.__name__}")
        return value

    return load


def _text(value: Any) -> Any:
    return Sealed(value["sealed"]) if isinstance(value, dict) else value if isinstance(value, Sealed) else Text(value)


def _text_or_code(value: Any) -> Any:
    return Sealed(value["sealed"]) if isinstance(value, dict) else value


def _keep_mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is no object")
    return {name: _keep(member) for name, member in value.items()} or NOTHING


def _keep(value: Any) -> Any:
    if type(value) is dict:
        if len(value) == 1 and isinstance(value.get("sealed"), str):
            return Sealed(value["sealed"])
        return {name: _keep(member) for name, member in value.items()}
    if type(value) is list:
        return [_keep(member) for member in value]
    return value
