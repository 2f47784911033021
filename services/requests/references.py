"""References: which one a request claims for its requesting authority, and how it is told that another request has it."""

from typing import Any
from uuid import UUID

from psycopg import Connection

from services.requests.domain.errors import DuplicateReference, Fault, NotFound
from services.requests.domain.request import Request
from services.requests.queries.streams import ReferenceChange
from services.requests.seen import seen_by
from services.requests.shell import Shell
from shared.facts.codes import ClosingReason, State
from shared.storage.directory import Caller


def reference_claim(request: Request | None) -> tuple[str, str] | None:
    """The reference that belongs to *request*: its requesting authority and that one's own reference. A draft given up before it was sent has none."""
    if request is None or request.requesting.reference is None:
        return None
    if request.state is State.CLOSED and not request.sent_once and request.ending is not None and request.ending.reason == ClosingReason.DISCARDED:
        return None
    return request.requesting.authority, request.requesting.reference


def reference_change(before: Request | None, after: Request | None) -> ReferenceChange | None:
    """The claim after and before, when they differ; no *after*: it cannot have changed."""
    if after is None:
        return None
    given_up, taken = reference_claim(before), reference_claim(after)
    return None if given_up == taken else ReferenceChange(taken, given_up)


def duplicate(shell: Shell, conn: Connection[Any], caller: Caller, change: ReferenceChange, holder: UUID | None) -> DuplicateReference:
    """The refusal, with a pointer to the request that has the reference where the caller may see it."""
    own = change.taken is not None and change.taken[0] == caller.authority
    return DuplicateReference(
        "the requesting authority has a request under this reference",
        parameters={"request": _if_visible(shell, conn, caller, holder) if holder else None},
        faults=[Fault("/own_reference" if own else "/counterpart_reference", "duplicate_reference", "this reference is taken")],
    )


def _if_visible(shell: Shell, conn: Connection[Any], caller: Caller, id: UUID) -> str | None:
    """The id, when *caller* may know that there is such a request."""
    try:
        seen_by(shell.streams.read(conn, id), caller)
    except NotFound:
        return None
    return str(id)
