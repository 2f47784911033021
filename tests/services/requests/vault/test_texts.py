"""Sealing a text: what opens it, and what does not."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from services.requests.vault.texts import Sealer, key_of

KEY, STREAM, FACT, OTHER = (UUID(int=number) for number in range(1, 5))
WORDS = "words of a person, ÄÖ 中"


def test_a_sealed_text_opens_in_its_place_and_nowhere_else() -> None:
    """CRY-02: stream, fact and place are bound to the text."""
    sealer = Sealer(bytes(range(32)))
    sealed, wrapped = sealer.seal(WORDS, KEY, stream=STREAM, fact=FACT, pointer="/note")

    places = [(STREAM, FACT, "/note"), (OTHER, FACT, "/note"), (STREAM, OTHER, "/note"), (STREAM, FACT, "/text")]
    opened = [sealer.open(sealed, {KEY: wrapped}, stream=stream, fact=fact, pointer=pointer) for stream, fact, pointer in places]

    assert opened == [WORDS, None, None, None]
    assert WORDS not in sealed
    assert key_of(sealed) == KEY


def test_without_its_data_key_or_under_another_wrapping_key_it_stays_shut() -> None:
    """CRY-01."""
    sealer = Sealer(bytes(range(32)))
    sealed, wrapped = sealer.seal(WORDS, KEY, stream=STREAM, fact=FACT, pointer="/note")
    place = {"stream": STREAM, "fact": FACT, "pointer": "/note"}

    assert sealer.open(sealed, {}, **place) is None  # type: ignore[arg-type]  # a place of mixed types
    assert sealer.open(sealed, {OTHER: wrapped}, **place) is None  # type: ignore[arg-type]  # as above
    assert Sealer(bytes(32)).open(sealed, {KEY: wrapped}, **place) is None  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("where", ["text", "key"])
def test_one_changed_bit_is_noticed(where: str) -> None:
    sealer = Sealer(bytes(range(32)))
    sealed, wrapped = sealer.seal(WORDS, KEY, stream=STREAM, fact=FACT, pointer="/note")
    if where == "key":
        wrapped = bytes([wrapped[0] ^ 1, *wrapped[1:]])
    else:
        head, _, closed = sealed.rpartition(".")
        data = bytearray(base64.urlsafe_b64decode(closed))
        data[-1] ^= 1
        sealed = f"{head}.{base64.urlsafe_b64encode(bytes(data)).decode()}"

    assert sealer.open(sealed, {KEY: wrapped}, stream=STREAM, fact=FACT, pointer="/note") is None


@pytest.mark.parametrize("text", ["", "a1", "a1.x.y", "b1.00000000-0000-0000-0000-000000000001.AAAA", "a1.00000000-0000-0000-0000-000000000001.%%%"])
def test_what_is_no_sealed_text_opens_to_nothing(text: str) -> None:
    assert Sealer(bytes(32)).open(text, {KEY: bytes(60)}, stream=STREAM, fact=FACT, pointer="/note") is None
