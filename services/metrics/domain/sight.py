"""Who may see that a request exists at all: drafts, and what is confidential (D-40, D-42)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.metrics.domain.answers import Register
from services.metrics.domain.facts import Fact

CONFIDENTIAL = "confidential"
AUDITOR = "auditor"


def may_see(register: Register, request: str, authority: str, desk: str | None, role: str) -> bool:
    """A reader of *authority* at *desk* may see *request*: a draft only on the requesting side; a confidential one only at its desk, or as auditor.

    While no desk is answerable, every desk sees it, as in the requests service.
    """
    return seen(register, (request,), authority, desk, role) == [request]


def seen(register: Register, requests: Sequence[str], authority: str, desk: str | None, role: str) -> list[str]:
    """Those of *requests* that the reader may see, in their order."""
    facts = {stream.request: stream.facts for stream in register.streams_of(requests)}
    return [request for request in requests if request in facts and _shown(facts[request], authority, desk, role)]


# Among many requests `confidential_among` (courses/queries.py) finds those that this may hide: who changes the one changes the other.
def _shown(facts: Sequence[Fact], authority: str, desk: str | None, role: str) -> bool:
    requesting = facts[0].get("requesting", {}).get("authority")
    arrived = any(fact.type in ("RequestSent", "RequestRegistered") for fact in facts)
    if authority != requesting and not arrived:
        return False
    return role == AUDITOR or confidentiality(facts) != CONFIDENTIAL or own_desk(facts, authority) in (None, desk)


def confidentiality(facts: Iterable[Fact]) -> str:
    """How confidential the request is, as last said."""
    said = "normal"
    for fact in facts:
        said = fact.get("changes", {}).get("confidentiality") or fact.get("values", {}).get("confidentiality") or fact.get("confidentiality", said)
    return said


def own_desk(facts: Iterable[Fact], authority: str) -> str | None:
    """The desk of *authority* that is answerable: the one it named last."""
    desks = [fact.get("desk") for fact in facts if fact.get("by") == authority and fact.get("desk")]
    return desks[-1] if desks else None
