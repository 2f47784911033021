"""A report bears the name that its authority had at the moment of knowledge."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.metrics.naming import with_name
from services.metrics.queries import AuthoritySaid
from tests.services.metrics.reports.made import awkward

SAID = [
    AuthoritySaid("de-central", 1, datetime(2025, 1, 1, tzinfo=UTC), "DE", "Europe/Berlin", True, "Office of Justice"),
    AuthoritySaid("de-central", 2, datetime(2026, 2, 1, tzinfo=UTC), "DE", "Europe/Berlin", True, "Ministry of Justice"),
]


@pytest.mark.parametrize(
    ("known_at", "name"),
    [
        pytest.param("2026-01-31T23:00:00Z", "Office of Justice", id="before it was renamed"),
        pytest.param("2026-02-01T00:00:00Z", "Ministry of Justice", id="when it was renamed"),
        pytest.param("2024-01-01T00:00:00Z", "Office of Justice", id="before the directory knew it"),
    ],
)
def test_the_name_is_the_last_one_said_by_then(known_at: str, name: str) -> None:
    found = awkward([["all", 1, 2.5]])
    dated = with_name(type(found)(found.name, found.title, {"authority": "de-central", "as_known_at": known_at}, found.columns, found.rows, ()), SAID)

    assert dated.authority_name == name
    assert dated.notes == (f"Authority: {name}.",)


def test_an_authority_without_a_name_is_called_by_its_id() -> None:
    found = awkward([])
    nameless = type(found)(found.name, found.title, {"authority": "de-central", "as_known_at": "2026-01-01T00:00:00Z"}, found.columns, [], ())

    assert with_name(nameless, []).authority_name == "de-central"
