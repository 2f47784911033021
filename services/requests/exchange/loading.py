"""Planned rows as commands: the same function that the interface uses decides and appends, so that every rule holds."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Connection

from services.requests import commands
from services.requests.commands import KeyReused, MoveCall, Order
from services.requests.domain.errors import DomainError, DuplicateReference
from services.requests.exchange.faults import CellFault, RowRefused
from services.requests.exchange.mapping import ColumnMapping
from services.requests.exchange.plan import PlannedMove, PlannedRequest, Setting, plan
from services.requests.exchange.reading import Row
from services.requests.exchange.report import Outcome, RowResult
from services.requests.queries import streams as queries
from services.requests.references import reference_claim
from services.requests.shell import Shell
from shared.facts.instruments import Instruments
from shared.storage.directory import Caller

DIFFERS = "the row says something else than the one that was taken"


def setting_of(shell: Shell, authority: str) -> Setting:
    """What rows of the register of *authority* have in common.

    Raises:
        LookupError: the directory does not know the authority, or no time zone of it.
    """
    known = shell.directory.authority(authority)
    if known is None or known.time_zone is None:
        raise LookupError(f"the directory does not know {authority}, or not its time zone")
    with shell.pool.connection() as conn:
        now = shell.now(conn)

    def is_member(id: str) -> bool:
        found = shell.directory.authority(id)
        return found is not None and found.member

    return Setting(authority, ZoneInfo(known.time_zone), now, lambda instrument, kind: required_fields(shell.instruments, instrument, kind), is_member)


def required_fields(instruments: Instruments, instrument: str, kind: str) -> dict[str, str]:
    """Names and types of the fields without which a request of *kind* under *instrument* cannot be sent."""
    if instrument not in instruments:
        return {}
    return {field.name: field.type for field in instruments.get(instrument).fields_for(kind) if field.required}


def load_rows(shell: Shell, caller: Caller, rows: Iterable[Row], mapping: ColumnMapping, setting: Setting, *, dry_run: bool) -> Iterator[RowResult]:
    """What became of each of *rows*, one after the other; in a dry run, what would become of it."""
    seen: dict[UUID, int] = {}
    for row in rows:
        try:
            planned = plan(row, mapping, setting)
        except RowRefused as refusal:
            yield RowResult(row.number, Outcome.REFUSED, _reference(row), None, refusal.faults)
            continue
        remarks = tuple(f"{column} is not kept for this direction" for column in planned.unused)
        if (first := seen.setdefault(planned.command_id, row.number)) != row.number:
            yield RowResult(row.number, Outcome.DOUBLED, planned.reference, None, (), (*remarks, f"the same request as row {first}"))
            continue
        yield _checked(shell, caller, planned, remarks) if dry_run else _taken(shell, caller, planned, remarks)


def _taken(shell: Shell, caller: Caller, planned: PlannedRequest, remarks: tuple[str, ...]) -> RowResult:
    try:
        made = commands.make_moves(shell, order_of(caller, planned))
    except KeyReused:
        return RowResult(planned.row, Outcome.DOUBLED, planned.reference, _request_of(shell, planned), (), (*remarks, DIFFERS))
    except DomainError as refusal:
        return _refused(planned, refusal, remarks)
    outcome = Outcome.DOUBLED if made.replayed else Outcome.TAKEN
    return RowResult(planned.row, outcome, planned.reference, made.request_id, (), remarks)


def _checked(shell: Shell, caller: Caller, planned: PlannedRequest, remarks: tuple[str, ...]) -> RowResult:
    """What `_taken` would say; nothing is stored."""
    order = order_of(caller, planned)
    with shell.pool.connection() as conn:
        done = queries.done_command(conn, planned.command_id)
        if done is not None:
            differs = () if done.fingerprint == order.fingerprint else (DIFFERS,)
            return RowResult(planned.row, Outcome.DOUBLED, planned.reference, done.stream, (), (*remarks, *differs))
        try:
            wanted = commands.decided(shell, conn, order)
        except DomainError as refusal:
            return _refused(planned, refusal, remarks)
        claim = reference_claim(wanted.after)
        holder = _holder(conn, claim, wanted.request_id) if claim else None
    if holder is not None:
        return RowResult(planned.row, Outcome.DOUBLED, planned.reference, holder, (), remarks)
    return RowResult(planned.row, Outcome.TAKEN, planned.reference, None, (), remarks)


def _holder(conn: Connection[Any], claim: tuple[str, str], request: UUID) -> UUID | None:
    """The request that has the reference already."""
    found = queries.request_with_reference(conn, *claim)
    return None if found == request else found


def order_of(caller: Caller, planned: PlannedRequest) -> Order:
    """The command that *planned* stands for; the fingerprint says what the row says."""
    calls = [MoveCall(move.move, move.members, move.occurred_at, move.on_behalf_of) for move in planned.moves]
    said = json.dumps([call.body for call in calls], sort_keys=True, ensure_ascii=False, default=str)
    return Order(caller=caller, request=None, calls=calls, command_id=planned.command_id, fingerprint=hashlib.sha256(said.encode()).digest())


def _request_of(shell: Shell, planned: PlannedRequest) -> UUID | None:
    with shell.pool.connection() as conn:
        done = queries.done_command(conn, planned.command_id)
    return done.stream if done else None


def _refused(planned: PlannedRequest, refusal: DomainError, remarks: tuple[str, ...]) -> RowResult:
    if isinstance(refusal, DuplicateReference):
        holder = refusal.parameters.get("request")
        return RowResult(planned.row, Outcome.DOUBLED, planned.reference, UUID(holder) if holder else None, (), remarks)
    move = planned.moves[getattr(refusal, "index", 0)]
    faults = [CellFault(_column(move, fault.pointer), fault.code, fault.detail) for fault in refusal.faults]
    return RowResult(planned.row, Outcome.REFUSED, planned.reference, None, tuple(faults or [CellFault(move.column, refusal.code, refusal.detail)]), remarks)


def _column(move: PlannedMove, pointer: str) -> str:
    """The column that a pointer into the body of *move* came from."""
    parts = pointer.strip("/").split("/")
    if parts[0] == "fields" and len(parts) > 1:
        return f"field.{parts[1]}"
    return move.columns.get(parts[0], move.column)


def _reference(row: Row) -> str | None:
    cell = row.cells.get("own_reference")
    return str(cell)[:200] if isinstance(cell, (str, int)) else None
