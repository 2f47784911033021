"""Identifiers: UUIDv7 for what happens, UUIDv5 where the same cause must give the same id."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID, uuid5

# Namespaces of the ids that follow from their cause.
COMMANDS = UUID("6b1f1c0e-5d0a-5b0e-9a53-8e0f2f7e4a01")
ESCALATIONS = UUID("6b1f1c0e-5d0a-5b0e-9a53-8e0f2f7e4a02")
CLOCKS = UUID("6b1f1c0e-5d0a-5b0e-9a53-8e0f2f7e4a03")
DELIVERIES = UUID("6b1f1c0e-5d0a-5b0e-9a53-8e0f2f7e4a04")
AUTHORITIES = UUID("6b1f1c0e-5d0a-5b0e-9a53-8e0f2f7e4a05")


def uuid7(at: datetime, randomness: bytes | None = None) -> UUID:
    """Return a UUIDv7 of the moment *at* (RFC 9562): sorted by time, to the millisecond.

    Args:
        at: aware.
        randomness: ten bytes; drawn afresh when not given.
    """
    rest = int.from_bytes(randomness if randomness is not None else secrets.token_bytes(10), "big")
    number = (int(at.timestamp() * 1000) & 0xFFFFFFFFFFFF) << 80 | rest
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=number)


def caused(namespace: UUID, *cause: object) -> UUID:
    """Return the UUIDv5 that *cause* always has in *namespace*."""
    return uuid5(namespace, "\x1f".join(str(part) for part in cause))
