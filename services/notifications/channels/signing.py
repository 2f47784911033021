"""Signatures of webhooks after Standard Webhooks 1.0: ``v1``, HMAC-SHA256 over ``id.timestamp.body``.

The verifier is what a receiver would run; our own tests and the documentation use it.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)


class SignatureNotValid(Exception):
    """The message was not signed with this secret, was changed on its way, or is too old."""


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return one ``v1,…`` signature; *timestamp* in whole seconds since 1970."""
    key = b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(keys: Iterable[str], message_id: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers; one signature for every key, so that a receiver may change its own in its own time."""
    timestamp = int(sent_at.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, message_id, timestamp, body) for key in keys),
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Return when *body* was signed with *secret* not longer than five minutes before or after *now*.

    Raises:
        SignatureNotValid: otherwise.
    """
    try:
        message_id, timestamp = headers["webhook-id"], int(headers["webhook-timestamp"])
        given = headers["webhook-signature"].split(" ")
        expected = signature(secret, message_id, timestamp, body)
    except (KeyError, ValueError, NotBase64) as fault:
        raise SignatureNotValid("a header is missing or malformed") from fault
    if abs(now.timestamp() - timestamp) > TOLERANCE.total_seconds():
        raise SignatureNotValid("the timestamp is too far from now")
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
        raise SignatureNotValid("no signature matches")
