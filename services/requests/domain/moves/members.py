"""The members of a move's body: what each may be, how it is read, how it is described to others.

Reading reports every fault at once. Words of a person become :class:`~shared.facts.text.Text`, so that they cannot be stored unsealed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.requests.domain.errors import Fault
from shared.facts import moments
from shared.facts.text import Text

SLUG = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,79}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}")
DURATION = re.compile(r"P(?:(\d{1,4})([DWMY])|T(\d{1,4})H)")
AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,4})?")
LONGEST_TEXT = 20_000
LONGEST_STRING = 500
# Zero-width signs and direction marks: invisible in a list, and able to turn a reference round.
HIDDEN = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
LONGEST_LIST = 500
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a body.

    Attributes:
        type: a key of :data:`READERS`, or ``object`` (see *of*) or ``list`` (see *each*).
        choices: the closed list of codes; with type ``coded_text`` the codes that stay in clear.
        choices_from: where the codes come from when they depend on the request: ``grounds``, ``rows``, ``persons``, ``measures``, ``form_fields``,
            ``instruments``, ``authorities``, ``postponement_grounds``, ``items``.
        clear: false for words that are sealed before they are stored.
    """

    name: str
    type: str
    required: bool = False
    choices: tuple[str, ...] = ()
    choices_from: str | None = None
    of: tuple[Member, ...] = ()
    each: Member | None = None
    at_least: int = 0
    nullable: bool = False

    @property
    def clear(self) -> bool:
        """Whether the value is stored as it is."""
        return self.type not in ("text", "coded_text", "fields")


@dataclass(slots=True)
class Reading:
    """What was read of a body so far, and everything wrong with it."""

    faults: list[Fault] = field(default_factory=list)

    def fault(self, pointer: str, code: str, detail: str, **parameters: Any) -> None:
        """Note that the member at *pointer* is wrong."""
        self.faults.append(Fault(pointer, code, detail, parameters))


def read_members(members: Sequence[Member], body: Any, reading: Reading, at: str = "") -> dict[str, Any]:
    """Return the members of *body* that are there, each as the value it stands for; what is wrong goes to *reading*."""
    if not isinstance(body, Mapping):
        reading.fault(at, "type", "an object is expected")
        return {}
    known = {member.name: member for member in members}
    for name in body:
        if name not in known:
            reading.fault(f"{at}/{name}", "unknown_member", "no such member")
    read: dict[str, Any] = {}
    for member in members:
        pointer = f"{at}/{member.name}"
        value = body.get(member.name)
        if member.name not in body or (value is None and not member.nullable):
            if member.required:
                reading.fault(pointer, "required", "this member is required")
            continue
        read[member.name] = None if value is None else read_value(member, value, reading, pointer)
    return read


def read_value(member: Member, value: Any, reading: Reading, at: str) -> Any:
    """Return what *value* stands for, or None after noting what is wrong with it."""
    if member.type == "object":
        return read_members(member.of, value, reading, at)
    if member.type == "list":
        return _read_list(member, value, reading, at)
    try:
        read = READERS[member.type](value)
    except (ValueError, TypeError) as fault:
        reading.fault(at, "type" if isinstance(fault, TypeError) else "format", str(fault))
        return None
    if member.type == "coded_text":
        return read if read in member.choices else Text(read)
    if member.choices and read not in member.choices:
        reading.fault(at, "choice", f"{read} is not one of the choices", choices=list(member.choices))
        return None
    return read


def _read_list(member: Member, value: Any, reading: Reading, at: str) -> tuple[Any, ...]:
    each = member.each
    if not isinstance(value, list) or each is None:
        reading.fault(at, "type", "a list is expected")
        return ()
    if len(value) < member.at_least:
        reading.fault(at, "too_few", f"at least {member.at_least} needed")
    if len(value) > LONGEST_LIST:
        reading.fault(at, "too_many", f"at most {LONGEST_LIST}")
        return ()
    return tuple(_read_entry(each, entry, reading, f"{at}/{number}") for number, entry in enumerate(value))


def _read_entry(each: Member, entry: Any, reading: Reading, at: str) -> Any:
    """Read one entry; where an object with a ``type`` is expected, its bare type will do."""
    if each.type == "object" and isinstance(entry, str) and any(member.name == "type" for member in each.of):
        entry = {"type": entry}
    return read_value(each, entry, reading, at)


def _line(value: Any) -> str:
    """One line, without the blanks around it: two references that look the same are the same."""
    line = _string(value).strip()
    if len(line.splitlines()) > 1 or any(char in HIDDEN for char in line):
        raise ValueError("one line without hidden characters is expected")
    return line


def _string(value: Any, longest: int = LONGEST_STRING) -> str:
    if not isinstance(value, str):
        raise TypeError("a string is expected")
    if not value.strip() or len(value) > longest:
        raise ValueError(f"between 1 and {longest} characters")
    if any(ord(char) < 32 and char not in "\n\t\r" for char in value) or any(0xD800 <= ord(char) <= 0xDFFF for char in value):
        raise ValueError("control characters are not allowed")
    return value


def _pattern(pattern: re.Pattern[str], what: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError("a string is expected")
        if not pattern.fullmatch(value):
            raise ValueError(f"{what} is expected")
        return value

    return read


def _text(value: Any) -> Text:
    return Text(_string(value, LONGEST_TEXT))


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false is expected")
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number is expected")
    if not 0 <= value <= 2**53:
        raise ValueError("out of range")
    return value


def read_moment(value: Any) -> datetime:
    """Return the moment of an RFC 3339 string, in UTC."""
    if not isinstance(value, str):
        raise TypeError("a moment (RFC 3339) is expected")
    at = moments.read_moment(value)
    if not EARLIEST <= at < datetime(2200, 1, 1, tzinfo=UTC):
        raise ValueError("out of range")
    return at


def _date(value: Any) -> date:
    if not isinstance(value, str):
        raise TypeError("a date is expected")
    day = moments.read_day(value)
    if not 1900 <= day.year < 2200:
        raise ValueError("out of range")
    return day


def _when(value: Any) -> date | datetime:
    return _date(value) if isinstance(value, str) and len(value) == 10 else read_moment(value)


def _uuid(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("an id is expected")
    return str(UUID(value))


def _state(value: Any) -> str:
    return _pattern(re.compile(r"[A-Z]{2}"), "a State (ISO 3166-1 alpha-2)")(value)


def _form(value: Any) -> dict[str, Any]:
    """Form fields by name. Words become texts; numbers, true, false and null stay."""
    if not isinstance(value, Mapping):
        raise TypeError("an object is expected")
    if len(value) > LONGEST_LIST:
        raise ValueError("too many fields")
    read: dict[str, Any] = {}
    for name, entry in value.items():
        if not SLUG.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a field")
        read[name] = _form_value(entry)
    return read


def _form_value(entry: Any) -> Any:
    if isinstance(entry, str):
        return _text(entry) if entry.strip() else None
    if entry is None or isinstance(entry, (bool, int)) or (isinstance(entry, float) and entry == entry):
        return entry
    if isinstance(entry, list) and len(entry) <= LONGEST_LIST and all(isinstance(each, (str, int, bool)) for each in entry):
        return [_form_value(each) for each in entry]
    raise TypeError("a text, a number, true, false or a list of them is expected")


def _raw(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("an object is expected")
    return dict(value)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "string": _line,
    "text": _text,
    "coded_text": _text,
    "slug": _pattern(SLUG, "a code (small letters, digits, _ . : -)"),
    "code": _pattern(CODE, "a code"),
    "boolean": _boolean,
    "integer": _integer,
    "date": _date,
    "moment": read_moment,
    "when": _when,
    "duration": _pattern(DURATION, "an ISO 8601 duration of one unit"),
    "amount": _pattern(AMOUNT, "a decimal string"),
    "currency": _pattern(re.compile(r"[A-Z]{3}"), "a currency (ISO 4217)"),
    "language": _pattern(re.compile(r"[a-z]{2,3}"), "a language (ISO 639)"),
    "sha256": _pattern(re.compile(r"[0-9a-f]{64}"), "64 hexadecimal digits"),
    "authority": _pattern(CODE, "the id of an authority"),
    "request": _uuid,
    "fact": _uuid,
    "clock": _pattern(re.compile(r"[A-Za-z0-9][A-Za-z0-9_.#:-]{0,79}"), "a row of the instrument or the id of a clock"),
    "fields": _form,
    "values": _raw,
}
