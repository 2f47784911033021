"""Answers as bytes: what any JSON holds comes out as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.web.answers import json_bytes

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@example({"beyond 64 bits": 10**30})
def test_an_answer_is_read_as_what_was_answered(value: Any) -> None:
    read = json.loads(json_bytes(value))

    assert (read, json.dumps(read)) == (value, json.dumps(value))


@pytest.mark.parametrize("value", [{"größe": "é…"}, {"größe": "é…", "n": 10**30}])
def test_texts_are_written_as_they_are_and_nothing_between(value: Any) -> None:
    assert json_bytes(value).startswith('{"größe":"é…"'.encode())
