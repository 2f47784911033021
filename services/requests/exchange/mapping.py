"""The mapping file: how another authority's spreadsheet says what our columns say."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from services.requests.exchange.cells import visible
from services.requests.exchange.columns import is_column
from services.requests.exchange.faults import UnreadableRegister

LARGEST_MAPPING_BYTES = 256 * 1024
IN_THE_FILE = "Held in the paper file"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How to read a register.

    Attributes:
        columns: heading in the file → our column. A heading that is one of ours needs no entry.
        values: our column → what stands in the file → what it means.
        defaults: our column → what an empty cell means.
        date_formats: forms of dates beside ISO 8601, in the signs of `strptime`.
        form_fields: what a field that the instrument's form requires says, when the register does not keep it.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    date_formats: tuple[str, ...] = ()
    list_separator: str = ";"
    time_zone: ZoneInfo | None = None
    sheet: str | None = None
    header_row: int = 1
    encoding: str | None = None
    delimiter: str | None = None
    form_fields: str = IN_THE_FILE

    def column_of(self, heading: str) -> str | None:
        """Our column for *heading*, or None when it is not used."""
        known = self.columns.get(folded(heading))
        if known is not None:
            return known
        own = folded(heading).replace(" ", "_")
        return own if is_column(own) else None

    def translated(self, column: str, words: str) -> str:
        """What *words* mean in *column*."""
        return self.values.get(column, {}).get(folded(words), words)


def folded(words: object) -> str:
    """*words* without what makes two equal headings differ: case, hidden signs, blanks around."""
    return " ".join(visible(str(words)).casefold().split())


def read_mapping(content: bytes) -> ColumnMapping:
    """The mapping that the YAML text *content* describes.

    Raises:
        UnreadableRegister: it is no YAML, has unknown members, or names columns that there are not; all faults at once.
    """
    if len(content) > LARGEST_MAPPING_BYTES:
        raise UnreadableRegister([f"the mapping is larger than {LARGEST_MAPPING_BYTES // 1024} KB"])
    try:
        told = yaml.load(content.decode("utf-8-sig"), Loader=_PlainLoader)
    except (UnicodeDecodeError, yaml.YAMLError) as fault:
        raise UnreadableRegister([f"the mapping is no YAML in UTF-8: {fault}"]) from fault
    except RecursionError:
        raise UnreadableRegister(["the mapping is nested too deeply"]) from None
    if told is None:
        return ColumnMapping()
    if not isinstance(told, dict):
        raise UnreadableRegister(["the mapping must be a list of settings, NAME: value"])
    faults: list[str] = [f"{name}: no such setting; there are {', '.join(READERS)}" for name in told if name not in READERS]
    read: dict[str, Any] = {}
    for name, reader in READERS.items():
        if told.get(name) is not None:
            try:
                read[name] = reader(told[name])
            except ValueError as fault:
                faults.append(f"{name}: {fault}")
    if faults:
        raise UnreadableRegister(faults)
    return ColumnMapping(**read)


class _PlainLoader(yaml.SafeLoader):
    """Reads every scalar as words: `no` is Norway, `007` a reference, a date a string."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0].endswith(":null")] for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _columns(told: object) -> dict[str, str]:
    pairs = _pairs(told)
    if unknown := sorted({column for column in pairs.values() if not is_column(column)}):
        raise ValueError(f"no such columns: {', '.join(unknown)}")
    if twice := sorted({column for column in pairs.values() if list(pairs.values()).count(column) > 1}):
        raise ValueError(f"two headings for {', '.join(twice)}")
    return pairs


def _values(told: object) -> dict[str, dict[str, str]]:
    return {column: _pairs(pairs) for column, pairs in _own_columns(told).items()}


def _defaults(told: object) -> dict[str, str]:
    return {column: _words(value) for column, value in _own_columns(told).items()}


def _own_columns(told: object) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise ValueError("must be COLUMN: …")
    if unknown := sorted(str(column) for column in told if not is_column(str(column))):
        raise ValueError(f"no such columns: {', '.join(unknown)}")
    return {str(column): value for column, value in told.items()}


def _pairs(told: object) -> dict[str, str]:
    if not isinstance(told, dict):
        raise ValueError("must be NAME: value, one a line")
    return {folded(name): _words(value) for name, value in told.items()}


def _words(told: object) -> str:
    if not isinstance(told, str):
        raise ValueError(f"{told!r} must be words")
    return visible(told)


def _headings(told: object) -> frozenset[str]:
    return frozenset(folded(heading) for heading in _list(told))


def _list(told: object) -> tuple[str, ...]:
    entries: Iterable[object] = told if isinstance(told, list) else [told]
    return tuple(_words(entry) for entry in entries)


def _zone(told: object) -> ZoneInfo:
    try:
        return ZoneInfo(_words(told))
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise ValueError(f"{told} is no time zone such as Europe/Prague") from fault


def _row_number(told: object) -> int:
    words = _words(told)
    if not words.isdecimal() or not 1 <= int(words) <= 1000:
        raise ValueError(f"{words} is no row from 1 to 1000")
    return int(words)


def _one_sign(told: object) -> str:
    names = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", r"\t": "\t"}
    sign = names.get(str(told).casefold(), str(told))
    if len(sign) != 1:
        raise ValueError(f"{told} must be one sign, or comma, semicolon, tab, pipe")
    return sign


READERS: Mapping[str, Callable[[object], Any]] = {
    "columns": _columns,
    "values": _values,
    "defaults": _defaults,
    "ignore": _headings,
    "date_formats": _list,
    "list_separator": _one_sign,
    "time_zone": _zone,
    "sheet": _words,
    "header_row": _row_number,
    "encoding": _words,
    "delimiter": _one_sign,
    "form_fields": _words,
}
