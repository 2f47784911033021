"""Free texts of facts, sealed before they are appended (D-44).

Each text has a data key of its own: AES-256-GCM, with stream, fact and place of the text as associated data, so that no ciphertext can be moved
elsewhere. The data key is kept in `text_key`, wrapped by the key of the deployment. Destroying that row makes every copy of the text unreadable,
in Kafka and in backups too, and changes no hash.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SCHEME = "a1"
"""AES-256-GCM for text and wrapping, nonce of 96 bits in front. Another algorithm gets another name."""

NONCE_BYTES = 12
KEY_BITS = 256


class Sealer:
    """Seals and opens texts under the deployment's wrapping key."""

    def __init__(self, wrapping_key: bytes) -> None:
        self._wrapping = AESGCM(wrapping_key)

    def seal(self, text: str, key_id: UUID, *, stream: UUID, fact: UUID, pointer: str) -> tuple[str, bytes]:
        """The sealed text as it stands in the fact, and its wrapped data key as it is stored under *key_id*."""
        key = AESGCM.generate_key(bit_length=KEY_BITS)
        nonce = secrets.token_bytes(NONCE_BYTES)
        closed = nonce + AESGCM(key).encrypt(nonce, text.encode(), place(stream, fact, pointer))
        wrap_nonce = secrets.token_bytes(NONCE_BYTES)
        wrapped = wrap_nonce + self._wrapping.encrypt(wrap_nonce, key, key_id.bytes)
        return f"{SCHEME}.{key_id}.{base64.urlsafe_b64encode(closed).decode()}", wrapped

    def open(self, sealed: str, wrapped: Mapping[UUID, bytes], *, stream: UUID, fact: UUID, pointer: str) -> str | None:
        """The text; None when its key is destroyed, or when it does not belong in this place."""
        try:
            scheme, key_text, closed_text = sealed.split(".", 2)
            key_id = UUID(key_text)
            closed = base64.urlsafe_b64decode(closed_text)
            stored = wrapped.get(key_id)
            if scheme != SCHEME or stored is None:
                return None
            key = self._wrapping.decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], key_id.bytes)
            return AESGCM(key).decrypt(closed[:NONCE_BYTES], closed[NONCE_BYTES:], place(stream, fact, pointer)).decode()
        except (ValueError, InvalidTag, binascii.Error):
            return None


def key_of(sealed: str) -> UUID | None:
    """Id of the data key that *sealed* needs."""
    parts = sealed.split(".", 2)
    try:
        return UUID(parts[1]) if len(parts) == 3 else None
    except ValueError:
        return None


def place(stream: UUID, fact: UUID, pointer: str) -> bytes:
    """What a sealed text is bound to."""
    return b"\0".join((stream.bytes, fact.bytes, pointer.encode()))
