"""The log as a feed, page by page, under an opaque cursor. Needs no Kafka and skips nothing: each batch is the difference of two snapshots."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from shared.storage.differences import first_page, next_page, system_identifier
from shared.storage.errors import CursorExpired, CursorRefused
from shared.wire.envelope import Envelope

NOTHING = "1:1:"
FORMAT = 1
MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything seen in *prev* has been given; of what *target* has beyond it, all rows up to *last*. No target: the batch is finished."""

    prev: str
    target: str | None
    last: int
    system: int


# --- cursor as text -------------------------------------------------------------------------------------------------


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _numbers(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0


def _of_snapshot(snapshot: str) -> list[int]:
    """A snapshot as small numbers: xmin, distance to xmax, how many are under way, distances between them."""
    xmin, xmax, under_way = parsed(snapshot)
    steps = [later - earlier for earlier, later in zip([xmin, *under_way], under_way, strict=False)]
    return [xmin, xmax - xmin, len(under_way), *steps]


def _to_snapshot(numbers: Iterator[int]) -> str:
    xmin, width, count = next(numbers), next(numbers), next(numbers)
    under_way, last = [], xmin
    for _ in range(count):
        last += next(numbers)
        under_way.append(last)
    return composed(xmin, xmin + width, under_way)


def parsed(snapshot: str) -> tuple[int, int, list[int]]:
    """xmin, xmax and the ids under way."""
    xmin, xmax, under_way = snapshot.split(":")
    return int(xmin), int(xmax), [int(xid) for xid in under_way.split(",") if xid]


def composed(xmin: int, xmax: int, under_way: list[int]) -> str:
    """A snapshot as PostgreSQL writes it."""
    return f"{xmin}:{xmax}:{','.join(map(str, under_way))}"


def to_text(cursor: Cursor, secret: bytes) -> str:
    """*cursor* as text that only we can make."""
    numbers = [FORMAT, cursor.system, cursor.last, *_of_snapshot(cursor.prev), int(cursor.target is not None)]
    if cursor.target is not None:
        numbers += _of_snapshot(cursor.target)
    body = b"".join(map(_varint, numbers))
    return base64.urlsafe_b64encode(_mac(body, secret) + body).rstrip(b"=").decode()


def from_text(text: str, secret: bytes) -> Cursor:
    """The cursor in *text*.

    Raises:
        CursorRefused: it was not made here with this secret.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as fault:
        raise CursorRefused("not a cursor") from fault
    mac, body = data[:MAC_BYTES], data[MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(body, secret)):
        raise CursorRefused("not a cursor of ours")
    numbers = _numbers(body)
    if next(numbers, None) != FORMAT:
        raise CursorRefused("a cursor of another format")
    system, last, prev = next(numbers), next(numbers), _to_snapshot(numbers)
    return Cursor(prev, _to_snapshot(numbers) if next(numbers) else None, last, system)


def _mac(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"feed" + body, hashlib.sha256)[:MAC_BYTES]


# --- pages ----------------------------------------------------------------------------------------------------------


def _target(conn: Connection[Any]) -> str:
    """What is committed now, cut above the newest fact.

    An id above it may have been given out and never written down; after a crash it comes again, and a cursor that counted it as past would hide its fact.
    """
    row = conn.execute("SELECT pg_current_snapshot()::text, (SELECT e.xid::text FROM event e ORDER BY e.xid DESC LIMIT 1)").fetchone()
    assert row is not None
    if row[1] is None:
        return NOTHING
    xmin, xmax, under_way = parsed(row[0])
    above = min(xmax, int(row[1]) + 1)
    return composed(min(xmin, above), above, [xid for xid in under_way if xid < above])


def feed_page(conn: Connection[Any], cursor: str | None, limit: int, *, secret: bytes, topic: str | None = None) -> tuple[list[Envelope], str]:
    """At most *limit* facts after *cursor* (None: from the beginning), of *topic* only if given, and the cursor behind them.

    Each stream comes in order; between streams no order is promised. An empty page means that there is nothing more for now.

    Raises:
        CursorRefused: the cursor was not made here.
        CursorExpired: it belongs to another database cluster.
    """
    here = system_identifier(conn)
    place = Cursor(NOTHING, None, 0, here) if cursor is None else from_text(cursor, secret)
    if place.system != here:
        raise CursorExpired("this cursor belongs to another database cluster; begin anew")
    target = place.target or _target(conn)
    if place.last or place.prev == NOTHING:
        page = next_page(conn, place.prev, target, place.last, limit, topic)
    else:
        page = first_page(conn, place.prev, target, limit, topic)
    if len(page.ids) < limit:
        following = Cursor(target, None, 0, here)
    else:
        following = Cursor(place.prev, target, page.ids[-1], here)
    return page.envelopes, to_text(following, secret)


def feed_end(conn: Connection[Any], *, secret: bytes) -> str:
    """The cursor behind everything that is committed now."""
    return to_text(Cursor(_target(conn), None, 0, system_identifier(conn)), secret)
