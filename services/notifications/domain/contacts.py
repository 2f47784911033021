"""The contacts of an authority as the directory has them: from a role or a desk to a mailbox.

The directory keeps contacts by what they are for: ``{"desk": …, "supervisor": …, "head": …, "liaison": …, "administrator": …, "desks": {desk: …}}``;
each is a mailbox, or an object with ``mail`` (or ``email``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ROLES = ("administrator", "supervisor", "head", "desk", "liaison")


def mailbox_in(value: Any) -> str | None:
    """Return the mailbox that *value* names, in any of its forms."""
    if isinstance(value, Mapping):
        value = value.get("mail") or value.get("email")
    return value if isinstance(value, str) and "@" in value else None


def mailbox_of(contacts: Mapping[str, Any], role: str, desk: str | None = None) -> str | None:
    """Return where *role* is written to; a desk with a mailbox of its own goes before the common one."""
    if role == "desk" and desk is not None:
        desks = contacts.get("desks")
        own = mailbox_in(desks.get(desk)) if isinstance(desks, Mapping) else None
        if own is not None:
            return own
    return mailbox_in(contacts.get(role))


def mailboxes(contacts: Mapping[str, Any]) -> list[str]:
    """Return every mailbox of the authority once, the administrator's first."""
    found = [mailbox_of(contacts, role) for role in ROLES]
    return list(dict.fromkeys(mailbox for mailbox in found if mailbox is not None))
