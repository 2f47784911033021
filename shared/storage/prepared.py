"""Statements of the busiest paths: prepared once a connection, carried out by one call of libpq. Everything else goes through cursors.

A cursor, its adapters and its waiting loop cost more processor time than these statements themselves. Values go in and come out as the server sends them,
in binary, so each statement says its types, and whoever uses it packs and reads them with the functions here.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from psycopg import Connection, errors, pq

UUID_TYPE, TEXT, BYTES, INT4, MOMENT = 2950, 25, 17, 23, 1184
ARRAY_OF = {UUID_TYPE: 2951, TEXT: 1009, BYTES: 1001, INT4: 1007, MOMENT: 1185}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONG = struct.Struct(">q")
_INT = struct.Struct(">i")
_DIMENSION = struct.Struct(">iiIii")
_NULL = _INT.pack(-1)
_numbers = count(1)

Value = bytes | None
Row = Sequence[Value]


class Statement:
    """A statement with its types. Its parameters are $1, $2 … in *text*."""

    def __init__(self, text: bytes, types: Sequence[int]) -> None:
        self._name = b"rogatory_%d" % next(_numbers)
        self._text, self._types = text, list(types)
        self._formats = [pq.Format.BINARY] * len(types)
        self._prepared: WeakKeyDictionary[Connection[Any], bool] = WeakKeyDictionary()

    def rows(self, conn: Connection[Any], values: Sequence[Value]) -> list[list[Value]]:
        """The rows that it gives, each value in binary.

        Raises:
            psycopg.Error: as a cursor would.
        """
        try:
            result = self._carried_out(conn, values)
        except errors.InvalidSqlStatementName:
            # After a ROLLBACK psycopg lets go of all statements of the connection (DEALLOCATE ALL), ours among them.
            del self._prepared[conn]
            if conn.pgconn.transaction_status != pq.TransactionStatus.IDLE:
                raise
            result = self._carried_out(conn, values)
        get, columns = result.get_value, range(result.nfields)
        return [[get(row, column) for column in columns] for row in range(result.ntuples)]

    def _carried_out(self, conn: Connection[Any], values: Sequence[Value]) -> pq.abc.PGresult:
        if conn not in self._prepared:
            _checked(conn, conn.pgconn.prepare(self._name, self._text, self._types))
            self._prepared[conn] = True
        told = conn.pgconn.exec_prepared(self._name, values, self._formats, pq.Format.BINARY)  # type: ignore[arg-type]  # None is NULL there too
        return _checked(conn, told)


def _checked(conn: Connection[Any], result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        return result
    if conn.pgconn.status != pq.ConnStatus.OK:
        raise psycopg.OperationalError("the connection is lost")
    raise errors.error_from_result(result)


def int4(value: int) -> bytes:
    """A number as it goes in."""
    return _INT.pack(value)


def number(value: Value) -> int:
    """A number (integer or bigint) as it came out."""
    assert value is not None
    return int.from_bytes(value, "big", signed=True)


def moment_in(at: datetime) -> bytes:
    """A moment as it goes in."""
    return _LONG.pack((at - EPOCH) // _MICROSECOND)


def moment_out(value: Value) -> datetime:
    """A moment as it came out, in UTC."""
    return EPOCH + timedelta(microseconds=number(value))


def array(kind: int, values: Sequence[Value]) -> bytes:
    """An array of *kind* as it goes in."""
    if not values:
        return _DIMENSION.pack(0, 0, kind, 0, 0)[:12]
    parts = [_DIMENSION.pack(1, int(None in values), kind, len(values), 1)]
    for value in values:
        parts.append(_NULL if value is None else _INT.pack(len(value)) + value)
    return b"".join(parts)


def identifier(value: Value) -> UUID:
    """A UUID as it came out."""
    return UUID(bytes=value)
