"""What a row means: the moves it stands for, each with the moment when it happened. Pure; whether the moves are possible is judged by the domain."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.requests.exchange import cells
from services.requests.exchange.cells import Cell, NotReadable
from services.requests.exchange.columns import BY_NAME, FIELD_PREFIX, INCOMING, OUTGOING, STEPS, CellType, Step, is_field
from services.requests.exchange.faults import CellFault, RowRefused
from services.requests.exchange.mapping import ColumnMapping
from services.requests.exchange.reading import Row
from shared.facts.codes import Kind, Side
from shared.facts.identifiers import COMMANDS, caused

NOON = time(12)
ONE_MINUTE = timedelta(minutes=1)
CODES_IN_CAPITALS = frozenset({"instrument", "also_under", "refusal_grounds"})
"""Columns whose codes are written in capital letters; those of the others are small."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for every row of a register.

    Attributes:
        fields: (instrument, kind) → names and types of the form fields that must be filled before sending.
        members: the authorities that act here for themselves; nobody records anything on their behalf.
    """

    authority: str
    zone: ZoneInfo
    now: datetime
    fields: Callable[[str, str], Mapping[str, str]]
    is_member: Callable[[str], bool] = lambda authority: False


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """A move as a command takes it, and the columns it came from: `column` gave its date, `columns` its members."""

    move: str
    members: Mapping[str, Any]
    occurred_at: datetime
    on_behalf_of: str | None
    column: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A row as one command: its id is the same whatever file it came from."""

    row: int
    command_id: UUID
    reference: str
    moves: tuple[PlannedMove, ...]
    unused: tuple[str, ...]
    """Columns with something in them that a request of this direction does not keep."""


class _Reader:
    """The cells of one row as values; collects what is wrong instead of stopping at the first fault."""

    def __init__(self, row: Row, mapping: ColumnMapping, zone: ZoneInfo) -> None:
        self.row, self.mapping, self.zone = row, mapping, mapping.time_zone or zone
        self.faults: list[CellFault] = []
        self.asked: set[str] = set()

    def fault(self, column: str, code: str, detail: str) -> None:
        self.faults.append(CellFault(column, code, detail))

    def cell(self, column: str) -> Cell:
        """What stands in *column*, its translation, or its default."""
        self.asked.add(column)
        cell = self.row.cells.get(column)
        if cell is None or (isinstance(cell, str) and not cells.visible(cell)):
            return self.mapping.defaults.get(column)
        if column not in self.mapping.values:
            return cell
        words = self._read(column, cells.text, cell)
        return None if words is None else self.mapping.translated(column, str(words))

    def _read(self, column: str, read: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return read(*arguments)
        except NotReadable as reason:
            self.fault(column, reason.code, str(reason))
            return None

    def text(self, column: str) -> str | None:
        found: str | None = self._read(column, cells.text, self.cell(column))
        return found

    def code(self, column: str) -> str | None:
        words = self.text(column)
        return None if words is None else _code(column, words)

    def entries(self, column: str) -> tuple[str, ...]:
        found: tuple[str, ...] = self._read(column, cells.listed, self.cell(column), self.mapping.list_separator) or ()
        return tuple(_code(column, self.mapping.translated(column, entry)) if column not in {"missing", "information_items"} else entry for entry in found)

    def flag(self, column: str) -> bool | None:
        found: bool | None = self._read(column, cells.flag, self.cell(column))
        return found

    def day(self, column: str) -> str | None:
        found: date | None = self._read(column, cells.day, self.cell(column), self.mapping.date_formats, self.zone)
        return found.isoformat() if found else None

    def moment(self, column: str) -> date | datetime | None:
        found: date | datetime | None = self._read(column, cells.moment, self.cell(column), self.mapping.date_formats, self.zone)
        return found

    def value(self, column: str) -> Any:
        """The cell of *column* as its type wants it; None or empty when there is nothing."""
        readers = {CellType.LIST: self.entries, CellType.FLAG: self.flag, CellType.DATE: self.day, CellType.CODE: self.code, CellType.MOMENT: self.moment}
        read: Callable[[str], Any] = readers.get(BY_NAME[column].type, self.text)
        found = read(column)
        return list(found) if isinstance(found, tuple) else found


def _code(column: str, words: str) -> str:
    if column in CODES_IN_CAPITALS:
        return words.upper()
    return words.casefold().replace(" ", "_") if column != "persons" else words.casefold()


def plan(row: Row, mapping: ColumnMapping, setting: Setting) -> PlannedRequest:
    """The moves that *row* stands for, in order of time.

    Raises:
        RowRefused: cells that cannot be read, or nothing that tells when the request began; all faults at once.
    """
    reader = _Reader(row, mapping, setting.zone)
    direction = reader.code("direction")
    if direction not in (OUTGOING, INCOMING):
        reader.fault("direction", "required" if direction is None else "not_a_choice", f"must be {OUTGOING} or {INCOMING}")
        raise RowRefused(reader.faults)
    counterpart = reader.text("counterpart") or ""
    references = {"own": reader.text("own_reference"), "other": reader.text("counterpart_reference")}
    _require_identity(reader, counterpart, references, direction)
    steps = _dated_steps(reader, direction)
    opening = _opening(reader, direction, counterpart, references, setting)
    began = _beginning(reader, direction, steps)
    if reader.faults or began is None:
        raise RowRefused(reader.faults)
    moments = _moments([began, *(when for _, when in steps)], setting)
    first = PlannedMove(
        "draft" if direction == OUTGOING else "register", opening, moments[0], None, _beginning_column(direction, reader), _opening_columns(direction)
    )
    later = [_move(reader, step, at, direction, counterpart, setting) for (step, _), at in zip(steps, moments[1:], strict=True)]
    if reader.faults:
        raise RowRefused(reader.faults)
    ordered = (first, *sorted(later, key=lambda move: move.occurred_at))
    return PlannedRequest(row.number, _command_id(setting.authority, direction, counterpart, references), str(references["own"]), ordered, _unused(row, reader))


def _require_identity(reader: _Reader, counterpart: str, references: Mapping[str, str | None], direction: str) -> None:
    if not counterpart:
        reader.fault("counterpart", "required", "who is the other authority?")
    if not references["own"]:
        reader.fault("own_reference", "required", "without a reference the row cannot be told from a double")
    kind = reader.code("kind")
    if kind not in set(Kind):
        reader.fault("kind", "required" if kind is None else "not_a_choice", f"must be one of {', '.join(Kind)}")
    if reader.code("instrument") is None and kind != Kind.ENQUIRY:
        reader.fault("instrument", "required", "which legal basis?")


def _dated_steps(reader: _Reader, direction: str) -> list[tuple[Step, date | datetime]]:
    found = []
    for step in STEPS:
        if BY_NAME[step.column].only in (None, direction) and (when := reader.moment(step.column)) is not None:
            found.append((step, when))
    return found


def _beginning_column(direction: str, reader: _Reader) -> str:
    if direction == INCOMING:
        return "received"
    return "drafted" if reader.row.cells.get("drafted") is not None else "sent"


def _beginning(reader: _Reader, direction: str, steps: Sequence[tuple[Step, date | datetime]]) -> date | datetime | None:
    column = _beginning_column(direction, reader)
    when = reader.moment(column)
    if when is None and not any(fault.column == column for fault in reader.faults):
        reader.fault(column, "required", "when was it received?" if direction == INCOMING else "when was it drafted or sent?")
    return when


def _moments(days: Sequence[date | datetime], setting: Setting) -> list[datetime]:
    """Moments for *days*, which stand in the order of life: a bare day is its local noon, or just after what came before it on the same day.

    Noon that is still to come is taken as the first minutes of the day, so that what happened today has happened.
    """
    latest: dict[date, datetime] = {}
    moments = []
    for when in days:
        if isinstance(when, datetime):
            at = when
        else:
            noon = datetime.combine(when, NOON, setting.zone).astimezone(UTC)
            at = noon if noon + len(days) * ONE_MINUTE <= setting.now else datetime.combine(when, time(), setting.zone).astimezone(UTC)
            if when in latest and latest[when] >= at:
                at = latest[when] + ONE_MINUTE
        local = at.astimezone(setting.zone).date()
        latest[local] = max(at, latest.get(local, at))
        moments.append(at)
    return moments


OPENING_COLUMNS = (
    *("kind", "instrument", "instrument_as_of", "also_under", "case", "subject", "offences", "proceedings", "languages", "confidentiality"),
    *("notification_required", "note"),
)


def _opening(reader: _Reader, direction: str, counterpart: str, references: Mapping[str, str | None], setting: Setting) -> dict[str, Any]:
    """Members of the first move: `draft`, or `register`."""
    members = {column: reader.value(column) for column in OPENING_COLUMNS}
    members["own_reference"] = references["own"]
    members["measures"] = [{"type": each} for each in reader.entries("measures")]
    roles = reader.entries("persons") or (("suspect",) if any(step.per_person and reader.row.cells.get(step.column) for step in STEPS) else ())
    members["persons"] = [{"id": f"p{number}", "role": role} for number, role in enumerate(roles, 1)]
    members["urgency"] = _without_nothing({"level": reader.code("urgency"), "reason": reader.text("urgency_reason"), "needed_by": reader.day("needed_by")})
    if members["urgency"] and "level" not in members["urgency"]:
        members["urgency"]["level"] = "urgent"
    members["fields"] = {name.removeprefix(FIELD_PREFIX): reader.text(name) for name in reader.row.cells if is_field(name)}
    if direction == OUTGOING:
        members["requested"] = {"authority": counterpart}
        members["fields"] = _filled(members, reader.mapping, setting) | members["fields"]
    else:
        members |= {"from": counterpart, "counterpart_reference": references["other"], "channel": reader.code("channel")}
    return _without_nothing(members)


def _filled(members: Mapping[str, Any], mapping: ColumnMapping, setting: Setting) -> dict[str, Any]:
    """The fields that the form requires and a register does not keep, said to be in the paper file."""
    required = setting.fields(str(members["instrument"]), str(members["kind"]))
    stand_ins: Mapping[str, Any] = {"flag": False, "number": 0, "date": None}
    return {name: stand_ins.get(kind, mapping.form_fields) for name, kind in required.items()}


def _opening_columns(direction: str) -> dict[str, str]:
    """Member of the first move → column."""
    other = (
        {"requested": "counterpart"}
        if direction == OUTGOING
        else {"from": "counterpart", "counterpart_reference": "counterpart_reference", "channel": "channel"}
    )
    own = ("own_reference", "measures", "persons", "urgency")
    return {column: column for column in (*OPENING_COLUMNS, *own)} | other


def _move(reader: _Reader, step: Step, at: datetime, direction: str, counterpart: str, setting: Setting) -> PlannedMove:
    members = dict(step.otherwise)
    members |= {member: value for member, column in step.members.items() if (value := reader.value(column)) not in (None, [])}
    if step.per_person:
        members["person"] = "p1"
    if step.move == "acknowledge" and direction == OUTGOING:
        members |= _acknowledgement(reader, at, setting)
    own_side = Side.REQUESTING if direction == OUTGOING else Side.REQUESTED
    theirs = step.owner is not None and step.owner != own_side
    if theirs and setting.is_member(counterpart):
        reader.fault(step.column, "not_allowed", f"{counterpart} acts here for itself and records this on its own")
    return PlannedMove(step.move, members, at, counterpart if theirs else None, step.column, dict(step.members))


def _acknowledgement(reader: _Reader, at: datetime, setting: Setting) -> dict[str, Any]:
    """The other side's reference, and when the competent authority there had the request."""
    told: dict[str, Any] = {"reference": reader.text("counterpart_reference")}
    if (received := reader.moment("received")) is not None:
        told["received_at"] = min(at, _moments([received], setting)[0]).isoformat()
    return _without_nothing(told)


def _command_id(authority: str, direction: str, counterpart: str, references: Mapping[str, str | None]) -> UUID:
    """The same request has the same id in every file: it goes by the requesting authority and that authority's reference.

    An incoming request whose sender gave no reference goes by the one given here.
    """
    if direction == OUTGOING:
        return caused(COMMANDS, authority, "import", authority, references["own"])
    if references["other"]:
        return caused(COMMANDS, authority, "import", counterpart, references["other"])
    return caused(COMMANDS, authority, "import", counterpart, "own", references["own"])


def _unused(row: Row, reader: _Reader) -> tuple[str, ...]:
    return tuple(column for column in row.cells if column not in reader.asked)


def _without_nothing(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, [], {}, "")}
