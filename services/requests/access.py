"""Who of an authority may read what of a request (D-42, D-43). Pure."""

from enum import StrEnum
from typing import Any

from shared.facts.codes import Confidentiality, Role


class Sight(StrEnum):
    """How much of a request a caller sees."""

    FULL = "full"
    REDACTED = "redacted"
    NONE = "none"


READERS = frozenset({Role.DESK, Role.SUPERVISOR, Role.HEAD, Role.INTEGRATOR, Role.AUDITOR})
"""Roles that see requests at all; an administrator sees none."""

ALL_DESKS = frozenset({Role.SUPERVISOR, Role.HEAD, Role.AUDITOR})
"""Roles that see `restricted` requests of every desk."""

REDACTED_MEMBERS = ("subject", "offences", "fields", "persons", "items", "notes")
"""What others of the authority see as null of a `restricted` request."""


def sight(confidentiality: str, own_desk: str | None, role: str, desk: str | None) -> Sight:
    """How much a caller of *role* at *desk* sees of a request whose desk on the caller's side is *own_desk*."""
    if role not in READERS:
        return Sight.NONE
    if confidentiality == Confidentiality.NORMAL or role == Role.AUDITOR or own_desk is None or own_desk == desk:
        return Sight.FULL
    if confidentiality == Confidentiality.RESTRICTED:
        return Sight.FULL if role in ALL_DESKS else Sight.REDACTED
    return Sight.NONE


def redacted(members: dict[str, Any]) -> dict[str, Any]:
    """*members* with null for what is not to be shown."""
    return {name: None if name in REDACTED_MEMBERS else value for name, value in members.items()}
