"""Forms from the descriptions that `/moves` gives: which controls a member needs, and what a filled form says as the body of a move. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

BLANK_ENTRIES = 3


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a form.

    Attributes:
        name: of the input; the pointer of the member with dashes for slashes.
        pointer: of the member in the body, as problems name it.
        type: line, words, lines, choice, choices, flag, number, day, moment, group.
        parts: the controls of a group.
    """

    name: str
    pointer: str
    label: str
    type: str
    required: bool
    choices: tuple[tuple[str, str], ...] = ()
    parts: tuple[Control, ...] = ()
    other: bool = False


def controls(members: Sequence[Mapping[str, Any]], at: str = "") -> list[Control]:
    """The controls for *members* as `/moves` describes them (`name`, `type`, `required`, `choices`, `of`, `each`)."""
    return [_control(member, f"{at}/{member['name']}") for member in members]


def _control(member: Mapping[str, Any], pointer: str) -> Control:
    kind, choices = member["type"], _choices(member.get("choices"))
    name, label, required = pointer.strip("/").replace("/", "-"), _label(member["name"]), bool(member.get("required"))
    if kind == "object":
        return Control(name, pointer, label, "group", required, parts=tuple(controls(member.get("of") or (), pointer)))
    if kind == "fields":
        parts = tuple(Control(f"{name}-{code}", f"{pointer}/{code}", text, "words", False) for code, text in choices)
        return Control(name, pointer, label, "group", required, parts=parts)
    if kind == "list":
        return _list_control(member, name, pointer, label, required)
    shown = {"text": "words", "boolean": "flag", "integer": "number", "date": "day", "when": "day", "moment": "moment", "values": "pairs"}.get(kind, "line")
    if kind == "coded_text":
        return Control(name, pointer, label, "choice" if choices else "words", required, choices, other=bool(choices))
    return Control(name, pointer, label, "choice" if choices else shown, required, choices)


def _list_control(member: Mapping[str, Any], name: str, pointer: str, label: str, required: bool) -> Control:
    each: Mapping[str, Any] = member.get("each") or {"type": "string"}
    if each["type"] == "object":
        of = each.get("of") or ()
        entries = tuple(
            Control(f"{name}-{number}", f"{pointer}/{number}", f"{label} {number + 1}", "group", False, parts=tuple(controls(of, f"{pointer}/{number}")))
            for number in range(BLANK_ENTRIES)
        )
        return Control(name, pointer, label, "entries", required, parts=entries)
    choices = _choices(each.get("choices") or member.get("choices"))
    return Control(name, pointer, label, "choices" if choices else "lines", required, choices)


def body(members: Sequence[Mapping[str, Any]], filled: Mapping[str, Sequence[str]], zone: ZoneInfo) -> dict[str, Any]:
    """The body that *filled* (input name → values) says; empty inputs are left out. Local moments are read in *zone*."""
    return {member["name"]: value for member in members if (value := _read(member, f"/{member['name']}", filled, zone)) is not None}


def _read(member: Mapping[str, Any], pointer: str, filled: Mapping[str, Sequence[str]], zone: ZoneInfo) -> Any:
    name, kind = pointer.strip("/").replace("/", "-"), member["type"]
    if kind == "object":
        parts = {part["name"]: value for part in member.get("of") or () if (value := _read(part, f"{pointer}/{part['name']}", filled, zone)) is not None}
        return parts or None
    if kind == "fields":
        start = f"{name}-"
        return {key[len(start) :]: values[0] for key, values in filled.items() if key.startswith(start) and values and values[0].strip()} or None
    if kind == "values":
        return _pairs(name, filled)
    if kind == "list":
        return _read_list(member, pointer, filled, zone)
    values = [value.strip() for value in filled.get(name, ()) if value.strip()]
    other = [value.strip() for value in filled.get(f"{name}-other", ()) if value.strip()]
    chosen = other or values
    return _value(kind, chosen[0], zone) if chosen else None


def _read_list(member: Mapping[str, Any], pointer: str, filled: Mapping[str, Sequence[str]], zone: ZoneInfo) -> list[Any] | None:
    each: Mapping[str, Any] = member.get("each") or {"type": "string"}
    if each["type"] == "object":
        entries = [_read(each, f"{pointer}/{number}", filled, zone) for number in range(BLANK_ENTRIES)]
        return [entry for entry in entries if entry] or None
    values = [line.strip() for value in filled.get(pointer.strip("/").replace("/", "-"), ()) for line in value.splitlines() if line.strip()]
    return [_value(each["type"], value, zone) for value in values] or None


def _value(kind: str, text: str, zone: ZoneInfo) -> Any:
    if kind == "boolean":
        return text == "true"
    if kind == "integer":
        return int(text) if text.lstrip("-").isdigit() else text
    if kind == "moment":
        return _moment(text, zone)
    return text


def _moment(text: str, zone: ZoneInfo) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (found if found.tzinfo else found.replace(tzinfo=zone)).isoformat()


def _pairs(name: str, filled: Mapping[str, Sequence[str]]) -> dict[str, Any] | None:
    names, values = filled.get(f"{name}-name", ()), filled.get(f"{name}-value", ())
    return {key.strip(): _loose(value.strip()) for key, value in zip(names, values, strict=False) if key.strip()} or None


def _loose(text: str) -> Any:
    """A number, true, false, null, list or object when it reads as one, else the words themselves."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _choices(codes: Any) -> tuple[tuple[str, str], ...]:
    return tuple((code, _label(code)) if isinstance(code, str) else (code["code"], code.get("label") or _label(code["code"])) for code in codes or ())


def _label(code: str) -> str:
    text = code.replace("_", " ")
    return text[:1].upper() + text[1:]
