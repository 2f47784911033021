"""The request as the interface answers it: one document for reads and for the answers of moves."""

from datetime import datetime
from typing import Any

from psycopg import Connection

from services.requests.domain.access import Access
from services.requests.domain.view import Opened, as_document, as_history
from services.requests.seen import Seen
from services.requests.shell import Shell
from shared.web.answers import json_bytes
from shared.web.errors import not_found


def document(shell: Shell, conn: Connection[Any] | None, seen: Seen, now: datetime) -> dict[str, Any]:
    """The request as the caller sees it at *now*."""
    return {**_lasting(shell, conn, seen), **shell.clockwork.members(seen.request, now)}


def document_bytes(shell: Shell, conn: Connection[Any] | None, seen: Seen, now: datetime) -> bytes:
    """The same as JSON. What does not depend on the time is written once for each version and kind of caller."""
    caller = seen.caller
    known = (caller.authority, caller.role, caller.desk)
    lasting = seen.stream.shown.get(known)
    if lasting is None:
        lasting = seen.stream.shown[known] = json_bytes(_lasting(shell, conn, seen))
    return lasting[:-1] + b"," + json_bytes(shell.clockwork.members(seen.request, now))[1:]


def _lasting(shell: Shell, conn: Connection[Any] | None, seen: Seen) -> dict[str, Any]:
    """What does not depend on the time: everything but the clocks."""
    request, caller = seen.request, seen.caller
    found = as_document(str(seen.stream.id), request, seen.reader, opened=shell.opener(conn, seen.stream), clocks={"clocks": None})
    if found is None:
        raise not_found()
    found.pop("clocks")
    own = {"desk": request.desks.get(caller.authority), "officer": request.officers.get(caller.authority)}
    return {**found, **own, "redacted": seen.access is Access.REDACTED}


def history(seen: Seen, after_version: int, opened: Opened) -> list[dict[str, Any]]:
    """The facts that the caller may see, in order of version."""
    return as_history(seen.request, seen.reader, after_version=after_version, opened=opened) or []
