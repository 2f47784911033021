"""Repeated calls: the key of the caller, the command id made of it, the fingerprint of what was asked."""

import hashlib
import re
from uuid import UUID

from flask import request

from shared.facts.identifiers import COMMANDS, caused
from shared.storage.directory import Caller
from shared.web.body import whole_body
from shared.web.errors import Problem

_KEY = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e]{1,255})"?', re.ASCII)
REPLAYED = {"Idempotency-Replayed": "true"}


def idempotency_key() -> str:
    """The Idempotency-Key of the call; 400 without one."""
    told = request.headers.get("Idempotency-Key")
    if told is None:
        raise Problem("idempotency_key_required", "send an Idempotency-Key with every POST that changes something")
    key = _KEY.fullmatch(told.strip())
    if key is None:
        raise Problem("malformed", "an Idempotency-Key has 1 to 255 visible characters")
    return key[1]


def command_id(caller: Caller, key: str) -> UUID:
    """Id of the command that *key* names for *caller*: the same for each repetition, another for every other caller."""
    return caused(COMMANDS, caller.authority, caller.key_id, key)


def fingerprint() -> bytes:
    """SHA-256 of method, path and body of the call."""
    digest = hashlib.sha256(f"{request.method}\0{request.path}\0".encode())
    digest.update(whole_body())
    return digest.digest()


def check_fingerprint(stored: bytes, present: bytes) -> None:
    """422 when the key was used for another call."""
    if bytes(stored) != present:
        raise Problem("idempotency_key_reused", "the same Idempotency-Key came with another method, path or body")
