"""The request as the interface answers it: one document for reads and for the answers of moves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import Connection

from services.requests.domain.access import Access
from services.requests.domain.view import Opened, as_document, as_history
from services.requests.seen import Seen
from services.requests.shell import Shell
from services.requests.streams import Stream
from shared.web.errors import not_found


def clock_members(stream: Stream, now: datetime) -> Mapping[str, Any]:
    """The members `clocks`, `next_due` and `overdue` of a request at *now*."""
    return {"clocks": [], "next_due": None, "overdue": False}


def document(shell: Shell, conn: Connection[Any] | None, seen: Seen, now: datetime) -> dict[str, Any]:
    """The request as the caller sees it at *now*."""
    request, caller = seen.request, seen.caller
    found = as_document(str(seen.stream.id), request, seen.reader, opened=shell.opener(conn, seen.stream), clocks=clock_members(seen.stream, now))
    if found is None:
        raise not_found()
    side = request.side_of(caller.authority)
    own = {"desk": request.desks.get(side) if side else None, "officer": request.officers.get(side) if side else None}
    return {**found, **own, "redacted": seen.access is Access.REDACTED}


def history(seen: Seen, after_version: int, opened: Opened) -> list[dict[str, Any]]:
    """The facts that the caller may see, in order of version."""
    return as_history(seen.request, seen.reader, after_version=after_version, opened=opened) or []
