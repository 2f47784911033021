"""What every channel offers, and what it is given to deliver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.notifications.domain.answers import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message for one receiver, the same at every attempt but for ``attempt`` and ``sent_at``."""

    message_id: str  # stable across attempts: the receiver recognises a repeat by it
    target: str  # an address of the channel: URL or mailbox
    type: str
    language: str
    message: Mapping[str, Any]  # codes, reference, dates, link; never personal data
    sent_at: datetime
    attempt: int = 1
    secrets: tuple[str, ...] = field(default=(), repr=False)  # newest first; two while they rotate


class Channel(Protocol):
    """A way out. ``deliver`` answers for everything that the receiver or the network does wrong; it raises only for our own faults."""

    name: str

    def deliver(self, parcel: Parcel) -> Answer:
        """Make one attempt and say what came back."""
        ...
