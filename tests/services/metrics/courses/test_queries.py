"""Which requests were ever said to be confidential, found among many."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from services.metrics.courses.queries import confidential_among
from tests.services.metrics.envelopes import follow_given, given_lines, request_id

SAID = {"R02", "R05"}
NAMES = sorted(line["request"] for line in given_lines())[:8]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param(NAMES, sorted(SAID & set(NAMES)), id="among many"),
        pytest.param(NAMES[:1], [], id="none of them"),
        pytest.param([], [], id="nothing asked"),
    ],
)
def test_those_that_were_ever_said_to_be_confidential_are_found(conn: Connection[Any], asked: list[str], found: list[str]) -> None:
    lines = given_lines()
    for line in lines:
        line["facts"][0]["confidentiality"] = "confidential" if line["request"] in SAID else "normal"
    follow_given(conn, lines)

    assert confidential_among(conn, [request_id(name) for name in asked]) == [request_id(name) for name in found]
