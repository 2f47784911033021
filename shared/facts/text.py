"""Free text that may hold personal data: clear while a command runs, sealed wherever it is kept.

A decider puts :class:`Text` into a fact; the shell seals each one before the fact is appended (``{"sealed": …}`` on the wire). The codec refuses a
:class:`Text`, so that none can slip through in clear.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")


class Text(str):
    """Clear words of a person. Never stored, never published."""

    __slots__ = ()


class Sealed(str):
    """The same words, sealed with a data key of their own; opaque here."""

    __slots__ = ()


# Words only: notes, texts of conditions, labels.
FreeText = Text | Sealed | None
# A code of a list (clear), or words in its place (to be sealed).
CodedText = str | Text | Sealed | None


def seal_texts(value: T, seal: Callable[[Text], Sealed]) -> T:
    """Return *value* with every :class:`Text` inside it replaced by what *seal* makes of it."""
    sealed: Any = _mapped(value, Text, seal)
    return sealed  # type: ignore[no-any-return]  # the shape is kept, only texts change


def texts_in(value: Any) -> list[Text]:
    """Every clear text inside *value*, in the order of its members."""
    found: list[Text] = []

    def note(text: Text) -> Text:
        found.append(text)
        return text

    _mapped(value, Text, note)
    return found


def _mapped(value: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if isinstance(value, Mapping):
        after = {name: _mapped(member, kind, change) for name, member in value.items()}
        return after if any(after[name] is not member for name, member in value.items()) else value
    if isinstance(value, (tuple, list)):
        each = [_mapped(member, kind, change) for member in value]
        return type(value)(each) if any(new is not old for new, old in zip(each, value, strict=True)) else value
    if is_dataclass(value) and not isinstance(value, type):
        return _mapped_members(value, kind, change)
    return value


def _mapped_members(value: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    changed: dict[str, Any] = {}
    for member in fields(value):
        before = getattr(value, member.name)
        after = _mapped(before, kind, change)
        if after is not before:
            changed[member.name] = after
    return replace(value, **changed) if changed else value
