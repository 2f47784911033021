"""Signatures, against the published vector and against every one-bit change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels.signing import SignatureNotValid, signature, signed_headers, verify
from tests.services.notifications.builders import new_secret

PUBLISHED_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLISHED_ID, PUBLISHED_TIMESTAMP = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
PUBLISHED_BODY = b'{"test": 2432232314}'
PUBLISHED_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def test_the_vector_of_the_specification_holds() -> None:
    """DLV-03: signed over id, timestamp and body, as the specification's own example."""
    assert signature(PUBLISHED_SECRET, PUBLISHED_ID, PUBLISHED_TIMESTAMP, PUBLISHED_BODY) == PUBLISHED_SIGNATURE


def test_a_message_signed_with_two_keys_is_valid_under_each_of_them() -> None:
    """DLV-03: two keys during rotation."""
    new, old = new_secret(), new_secret()
    headers = signed_headers((new, old), "m1", NOW, b"{}")

    verify(new, headers, b"{}", now=NOW)
    verify(old, headers, b"{}", now=NOW)
    with pytest.raises(SignatureNotValid):
        verify(new_secret(), headers, b"{}", now=NOW)


@given(body=st.binary(min_size=1, max_size=200), data=st.data())
def test_one_changed_bit_makes_a_signature_invalid(body: bytes, data: st.DataObject) -> None:
    """DLV-03: a one-bit change fails."""
    headers = signed_headers((PUBLISHED_SECRET,), "m1", NOW, body)
    place = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[place // 8] ^= 1 << (place % 8)

    with pytest.raises(SignatureNotValid):
        verify(PUBLISHED_SECRET, headers, bytes(changed), now=NOW)


@pytest.mark.parametrize(
    ("after", "valid"),
    [
        pytest.param(timedelta(minutes=4, seconds=59), True, id="just young enough"),
        pytest.param(timedelta(minutes=5, seconds=1), False, id="too old"),
        pytest.param(-timedelta(minutes=5, seconds=1), False, id="from the future"),
    ],
)
def test_a_signature_is_valid_for_five_minutes_around_its_timestamp(after: timedelta, valid: bool) -> None:
    """DLV-03: tolerance is checked."""
    headers = signed_headers((PUBLISHED_SECRET,), "m1", NOW, b"{}")
    if valid:
        verify(PUBLISHED_SECRET, headers, b"{}", now=NOW + after)
        return
    with pytest.raises(SignatureNotValid):
        verify(PUBLISHED_SECRET, headers, b"{}", now=NOW + after)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_message_without_one_of_the_headers_is_not_valid(missing: str) -> None:
    headers = signed_headers((PUBLISHED_SECRET,), "m1", NOW, b"{}")
    del headers[missing]

    with pytest.raises(SignatureNotValid):
        verify(PUBLISHED_SECRET, headers, b"{}", now=NOW)
