"""Registers that come over HTTP: checked when they arrive, kept sealed, carried out in pieces so that no call takes long."""

import base64
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

from services.requests.exchange import queries
from services.requests.exchange.faults import UnreadableRegister
from services.requests.exchange.loading import load_rows, setting_of
from services.requests.exchange.mapping import ColumnMapping, read_mapping
from services.requests.exchange.queries import StoredImport
from services.requests.exchange.reading import Register, Row, open_register
from services.requests.exchange.report import RowResult
from services.requests.shell import Shell
from shared.facts.identifiers import uuid7
from shared.storage.clock import machine_now
from shared.storage.directory import Caller

LARGEST_FILE_BYTES = 10 * 1024 * 1024
MOST_ROWS = 5_000
ROWS_AT_ONCE = 25
SECONDS_A_CALL = 8.0
LEASE = timedelta(seconds=60)
UNCOMMITTED_KEPT = timedelta(days=7)
POINTER = "/file"


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent."""

    id: UUID
    name: str
    content: bytes
    mapping: str | None
    fingerprint: bytes


class Busy(Exception):
    """Another call is carrying the import out."""

    code = "still_processing"


def check(shell: Shell, caller: Caller, upload: Upload) -> bool:
    """The register is stored with what would become of each row; False when it was stored before.

    Raises:
        UnreadableRegister: the file or its mapping cannot be used, or it has more rows than a call can look at.
    """
    with _opened(upload.content, upload.mapping) as (register, mapping):
        rows = _counted(register.rows)
        results = list(load_rows(shell, caller, rows, mapping, setting_of(shell, caller.authority), dry_run=True))
    sealed, key = shell.sealer.seal(base64.b64encode(upload.content).decode(), uuid7(machine_now()), stream=upload.id, fact=upload.id, pointer=POINTER)
    with shell.pool.connection() as conn, conn.transaction():
        queries.erase_old_files(conn, UNCOMMITTED_KEPT)
        is_new = queries.add_import(
            conn,
            id=upload.id,
            authority=caller.authority,
            key_id=caller.key_id,
            role=caller.role,
            desk=caller.desk,
            name=upload.name,
            fingerprint=upload.fingerprint,
            mapping=upload.mapping,
            content=sealed,
            content_key=key,
            unused=list(register.unused),
            rows=len(results),
        )
        if is_new:
            queries.put_rows(conn, upload.id, results)
    return is_new


def carry_out(shell: Shell, caller: Caller, stored: StoredImport) -> bool:
    """Rows are taken for some seconds, beginning where the last call ended; True when all are done.

    Raises:
        Busy: another call is at it.
    """
    with shell.pool.connection() as conn:
        if not queries.claim(conn, stored.id, LEASE):
            raise Busy
        stored = queries.stored_import(conn, stored.id, stored.authority) or stored  # how far the call before this one came
        content, mapping = _unsealed(shell, stored, *queries.content(conn, stored.id))
    deadline = time.monotonic() + SECONDS_A_CALL
    with _opened(content, mapping) as (register, columns):
        left = (row for row in register.rows if row.number > stored.done_row)
        results = load_rows(shell, caller, left, columns, setting_of(shell, stored.authority), dry_run=False)
        while batch := list(islice(results, ROWS_AT_ONCE)):
            _note(shell, stored.id, batch)
            if time.monotonic() > deadline:
                with shell.pool.connection() as conn:
                    queries.release(conn, stored.id)
                return False
    with shell.pool.connection() as conn:
        queries.finish(conn, stored.id)
    return True


def _note(shell: Shell, id: UUID, batch: Sequence[RowResult]) -> None:
    with shell.pool.connection() as conn, conn.transaction():
        queries.put_rows(conn, id, batch)
        queries.advance(conn, id, batch[-1].row, LEASE)


def _unsealed(shell: Shell, stored: StoredImport, sealed: str, key: bytes, mapping: str | None) -> tuple[bytes, str | None]:
    key_id = UUID(sealed.split(".", 2)[1])
    text = shell.sealer.open(sealed, {key_id: key}, stream=stored.id, fact=stored.id, pointer=POINTER)
    if text is None:
        raise LookupError(f"the file of the import {stored.id} cannot be opened")
    return base64.b64decode(text), mapping


@contextmanager
def _opened(content: bytes, mapping: str | None) -> Iterator[tuple[Register, ColumnMapping]]:
    """The register as rows; its bytes lie in a file without a name to others for as long as it is read."""
    columns = read_mapping(mapping.encode()) if mapping else ColumnMapping()
    with tempfile.TemporaryDirectory(prefix="rogatory-import-") as folder:
        path = Path(folder, "register")
        path.write_bytes(content)
        with open_register(path, columns) as register:
            yield register, columns


def _counted(rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise UnreadableRegister([f"more than {MOST_ROWS} rows; divide the file, or use `python -m services.requests import`"])
        yield row
