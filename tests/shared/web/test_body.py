"""Strict JSON: what is read, and what two readers could understand differently."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.web.body import MAX_DEPTH, parse
from shared.web.errors import Problem

TEXTS = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(VALUES, st.booleans())
def test_what_json_can_say_is_read_as_it_was_written(value: object, escaped: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=escaped).encode()) == value


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_whatever_comes_in_it_is_a_value_or_a_refusal(raw: bytes) -> None:
    """API-04."""
    codes = []
    try:
        parse(raw)
    except Problem as problem:
        codes.append(problem.code)

    assert codes in ([], ["malformed"])


@pytest.mark.parametrize(("levels", "read"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False)])
def test_nesting_has_a_bound(levels: int, read: bool) -> None:
    """API-02."""
    raw = b"[" * levels + b"]" * levels

    try:
        parse(raw)
        found = True
    except Problem:
        found = False

    assert found is read


@pytest.mark.parametrize("text", ['"\\\\u0000"', '["\\\\ud800"]', '{"a": "\\\\\\\\u0000"}'])
def test_a_typed_backslash_is_no_escape(text: str) -> None:
    assert parse(text.encode()) == json.loads(text)
