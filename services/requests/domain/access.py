"""Who sees what of a request: by side (internal facts, drafts never sent) and, within an authority, by confidentiality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.requests.domain.request import Request
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded
from shared.facts.codes import Confidentiality, Role, Side


class Access(StrEnum):
    """How much of a request a reader sees."""

    FULL = "full"
    REDACTED = "redacted"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: an authority, in a role, at a desk, perhaps a named officer."""

    authority: str
    role: str = Role.DESK
    desk: str | None = None
    officer: str | None = None


# Members of a request's document that the redacted view leaves out.
REDACTED = ("subject", "offences", "fields", "persons", "items", "notes")


def exists_for(request: Request, authority: str) -> bool:
    """Whether *authority* may know of the request at all: it is on a side, and a draft never sent is the requesting side's own."""
    side = request.side_of(authority)
    return side is Side.REQUESTING or (side is Side.REQUESTED and request.sent_once)


def internal(fact: Fact) -> bool:
    """Whether only the side that recorded *fact* sees it."""
    if isinstance(fact, facts.NoteAdded | facts.FactCorrected):
        return fact.internal
    return isinstance(fact, facts.RequestAssigned)


def visible(recorded: Recorded[Fact], request: Request, authority: str) -> bool:
    """Whether *authority* may see this fact of *request*."""
    if not exists_for(request, authority):
        return False
    return not internal(recorded.fact) or request.side_of(recorded.fact.by) is request.side_of(authority)


def visible_version(request: Request, authority: str) -> int:
    """The version of the last fact that *authority* may see; 0 when there is none."""
    last = last_visible(request, authority)
    return last.version if last else 0


def last_visible(request: Request, authority: str) -> Recorded[Fact] | None:
    """The last fact that *authority* may see."""
    return next((each for each in reversed(request.history) if visible(each, request, authority)), None)


def access(request: Request, reader: Reader) -> Access:
    """How much *reader* sees. Administrators see no case; auditors read everything of their authority."""
    if reader.role == Role.ADMINISTRATOR or not exists_for(request, reader.authority):
        return Access.NONE
    if request.confidentiality == Confidentiality.NORMAL or reader.role == Role.AUDITOR or _own(request, reader):
        return Access.FULL
    if request.confidentiality == Confidentiality.RESTRICTED:
        return Access.FULL if reader.role in (Role.SUPERVISOR, Role.HEAD) else Access.REDACTED
    return Access.NONE


def _own(request: Request, reader: Reader) -> bool:
    return answers_for(reader, request.desks.get(reader.authority), request.officers.get(reader.authority))


def answers_for(reader: Reader, desk: str | None, officer: str | None) -> bool:
    """Whether what lies on *desk* with *officer* is the reader's own: by desk, or by name. While no desk has it, it lies on every one."""
    return desk in (None, reader.desk) or (officer is not None and officer == reader.officer)


def redacted(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return *document* as others of the authority see a restricted request: state, holder, clocks and dates, but not what it is about."""
    return {name: None if name in REDACTED else value for name, value in document.items()}
