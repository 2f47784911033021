"""The given set in the rows behind the application."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from tests.services.metrics.envelopes import follow_given


@pytest.fixture
def given(conn: Connection[Any]) -> Connection[Any]:
    follow_given(conn)
    return conn
