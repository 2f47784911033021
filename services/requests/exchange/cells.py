"""A cell as somebody typed it, read as what its column means. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

Raw = str | int | float | bool | datetime | date | time | None


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell whose value only the spreadsheet program can tell: a formula without a stored result."""

    text: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell in which the spreadsheet program itself reports an error, such as #REF!."""

    text: str


Cell = Raw | Formula | Broken


class NotReadable(ValueError):
    """The cell does not hold what its column wants; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!", "#CALC!"})
YES, NO = frozenset({"yes", "true", "1", "x", "y"}), frozenset({"no", "false", "0", "n"})
LONGEST_CELL = 20_000
_AS_TEXT = re.compile(r'="([^"]*)"')
_SPACES = re.compile(r"[^\S\n]+")
_BARE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def visible(text: str) -> str:
    """*text* as a reader sees it: composed, without characters that show nothing, runs of blanks as one.

    Zero-width signs, direction marks, byte order marks and controls make two equal references differ, so they are left out.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n"))
    kept = "".join(sign for sign in composed if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co"})
    return _SPACES.sub(" ", kept).strip()


def text(cell: Cell) -> str | None:
    """The words in *cell*; None when it is empty. Numbers as a person would write them.

    Raises:
        NotReadable: it is a formula, an error, or longer than any cell should be.
    """
    if isinstance(cell, Formula):
        raise NotReadable("formula", "a formula without a stored result; save the values in its place")
    if isinstance(cell, Broken):
        raise NotReadable("cell_error", f"the spreadsheet shows {cell.text}")
    words = _words(cell)
    if words is None:
        return None
    if words in ERRORS:
        raise NotReadable("cell_error", f"the spreadsheet shows {words}")
    if as_text := _AS_TEXT.fullmatch(words):
        words = as_text[1]
    elif words.startswith("=") and len(words) > 1:
        raise NotReadable("formula", "a formula; save the values in its place")
    if len(words) > LONGEST_CELL:
        raise NotReadable("too_long", f"longer than {LONGEST_CELL} characters")
    return words or None


def _words(cell: Raw) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    return visible(str(cell))


def listed(cell: Cell, separator: str) -> tuple[str, ...]:
    """The entries of *cell*, separated by *separator* or by line ends, each once."""
    words = text(cell) or ""
    return tuple(dict.fromkeys(entry.strip() for line in words.split("\n") for entry in line.split(separator) if entry.strip()))


def flag(cell: Cell) -> bool | None:
    """Yes or no; None when the cell is empty."""
    words = text(cell)
    if words is None:
        return None
    if words.casefold() in YES | NO:
        return words.casefold() in YES
    raise NotReadable("not_yes_or_no", f"{words[:40]!r} is neither yes nor no")


def day(cell: Cell, formats: Sequence[str], zone: ZoneInfo) -> date | None:
    """The date in *cell*; a moment is taken as its day in *zone*."""
    when = moment(cell, formats, zone)
    return when.astimezone(zone).date() if isinstance(when, datetime) else when


def moment(cell: Cell, formats: Sequence[str], zone: ZoneInfo) -> date | datetime | None:
    """The day in *cell*, or the moment (in UTC) when it also tells the time; a time without offset is one of *zone*.

    Raises:
        NotReadable: it is no date of ISO 8601 nor of one of *formats*; or a local time that no clock showed.
    """
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() and cell.tzinfo is None else _in_utc(cell, zone)
    if isinstance(cell, date):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        raise NotReadable("not_a_date", f"{cell:g} is a number; give the column the format of a date")
    words = text(cell)
    if words is None:
        return None
    for pattern in formats:
        if (found := _by(pattern, words)) is not None:
            return found if not isinstance(found, datetime) else _in_utc(found, zone)
    return _by_iso(words, zone, bool(formats))


def _by(pattern: str, words: str) -> date | datetime | None:
    try:
        found = datetime.strptime(words, pattern)  # noqa: DTZ007 - the zone is that of the register and is put on by the caller
    except ValueError:
        return None
    return found if any(sign in pattern for sign in ("%H", "%I", "%T", "%c", "%X")) else found.date()


def _by_iso(words: str, zone: ZoneInfo, has_formats: bool) -> date | datetime:
    try:
        found = date.fromisoformat(words) if _BARE_DATE.fullmatch(words) else datetime.fromisoformat(words) if _BARE_DATE.match(words) else None
    except ValueError:
        found = None
    if found is not None:
        return _in_utc(found, zone) if isinstance(found, datetime) else found
    hint = "of the formats of the mapping" if has_formats else "like 2026-03-09 or 2026-03-09 14:30; other forms are named under date_formats in a mapping"
    raise NotReadable("not_a_date", f"{words[:40]!r} is no date {hint}")


def _in_utc(when: datetime, zone: ZoneInfo) -> datetime:
    if when.tzinfo is not None:
        return when.astimezone(UTC)
    local = when.replace(tzinfo=zone)
    back = local.astimezone(UTC).astimezone(zone)
    if back.replace(tzinfo=None) != when:
        raise NotReadable("no_such_time", f"{when:%Y-%m-%d %H:%M} was left out when the clocks in {zone.key} were put forward")
    return local.astimezone(UTC)
