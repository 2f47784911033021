"""Refusals of the inner rings as problem answers."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from services.requests.commands import KeyReused, StaleVersion, VersionRequired
from services.requests.directory.commands import DirectoryRefusal
from services.requests.domain.errors import DomainError
from services.requests.domain.view import Opened, as_history, unread
from shared.calendars import CalendarNotCovered
from shared.facts.instruments import UnknownInstrument
from shared.storage.errors import CursorExpired, CursorRefused, TemporarilyUnavailable
from shared.web.conditional import etag
from shared.web.errors import Fault, Problem, malformed


def refused(error: DomainError) -> Problem:
    """A command that the domain refused."""
    faults = [Fault(fault.pointer, fault.code, fault.detail, fault.parameters) for fault in error.faults]
    return Problem(error.code, error.detail, faults=faults, parameters=error.parameters)


def stale(error: StaleVersion, opened: Opened = unread) -> Problem:
    """A move on a version that is no longer current: with the current one, and what happened since."""
    seen = error.seen
    since = as_history(seen.request, seen.reader, after_version=error.expected, opened=opened) or []
    facts = [shown(entry) for entry in since]
    return Problem(
        "stale_version",
        f"the version is {seen.version}, not {error.expected}",
        parameters={"current_version": seen.version, "if_match": error.expected},
        members={"current_version": seen.version, "facts": facts},
        headers={"ETag": etag(seen.version)},
    )


def shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A fact of the history as the interface shows it: its own members under `data`."""
    told = {name: value for name, value in entry.items() if name not in ("members", "note")}
    note = {} if entry["note"] is None else {"note": entry["note"]}
    corrects = entry["members"].get("fact") if entry["type"] == "FactCorrected" else None
    return {**told, "corrects": corrects, "data": {**entry["members"], **note}}


def directory_refused(error: DirectoryRefusal) -> Problem:
    """A change that the directory does not take."""
    faults = [Fault(error.pointer, error.code, error.detail, error.parameters)] if error.pointer else []
    return Problem(error.code, error.detail, faults=faults, parameters=error.parameters)


def _key_reused(error: KeyReused) -> Problem:
    return Problem("idempotency_key_reused", "the same Idempotency-Key came with another method, path or body")


def _version_required(error: VersionRequired) -> Problem:
    return Problem("version_required", "send If-Match with the version you have seen")


def _unavailable(error: TemporarilyUnavailable) -> Problem:
    return Problem("temporarily_unavailable", str(error), retry_after_seconds=max(1, math.ceil(error.retry_after)))


def _unknown_instrument(error: UnknownInstrument) -> Problem:
    return Problem("not_found", f"no instrument has the id {error.instrument}")


def _cursor_refused(error: CursorRefused) -> Problem:
    return malformed("the cursor cannot be read", "?after")


def _cursor_expired(error: CursorExpired) -> Problem:
    return Problem("gone", "the cursor belongs to another log; begin anew")


def _calendar_not_covered(error: CalendarNotCovered) -> Problem:
    return Problem("calendar_not_covered", f"{error}: a working day would have to be found where no holidays are known; bring the calendar up to date")


REFUSALS: Mapping[type[Exception], Callable[[Any], Problem]] = {
    DomainError: refused,
    StaleVersion: stale,
    VersionRequired: _version_required,
    KeyReused: _key_reused,
    DirectoryRefusal: directory_refused,
    TemporarilyUnavailable: _unavailable,
    UnknownInstrument: _unknown_instrument,
    CalendarNotCovered: _calendar_not_covered,
    CursorRefused: _cursor_refused,
    CursorExpired: _cursor_expired,
}
