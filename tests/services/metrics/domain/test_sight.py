"""Who sees that a request exists: the same rule as in the requests service."""

from __future__ import annotations

import pytest

from services.metrics.domain.localdays import local_days
from services.metrics.domain.register import Register
from services.metrics.domain.sight import may_see
from tests.services.metrics.domain.told import LAST, Told, arrived, stream

SECRET = arrived("2025-01-10", confidentiality="confidential")
DESK: Told = ("DeskAssigned", "2025-01-11", {"by": "de-central", "desk": "desk-2"})


@pytest.mark.parametrize(
    ("told", "desk", "role", "sees"),
    [
        pytest.param([arrived("2025-01-10")], "desk-1", "desk", True, id="normal: every desk"),
        pytest.param([SECRET], "desk-1", "desk", True, id="confidential, while no desk is answerable"),
        pytest.param([SECRET, DESK], "desk-2", "desk", True, id="confidential, at its desk"),
        pytest.param([SECRET, DESK], "desk-1", "desk", False, id="confidential, at another desk"),
        pytest.param([SECRET, DESK], None, "head", False, id="confidential, without a desk"),
        pytest.param([SECRET, DESK], None, "auditor", True, id="confidential, as auditor"),
    ],
)
def test_a_confidential_request_is_seen_at_its_desk(told: list[Told], desk: str | None, role: str, sees: bool) -> None:
    register = Register([stream(*told)], lambda authority, when: local_days("Europe/Berlin"), LAST, bounded=False)

    assert may_see(register, "A", "de-central", desk, role) is sees
