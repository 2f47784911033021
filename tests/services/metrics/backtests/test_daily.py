"""Every member is tested once a day, by one process, and what goes wrong is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event

import pytest
from psycopg import Connection, OperationalError

from services.metrics.backtests.daily import keep_proving, prove_due
from services.metrics.backtests.queries import alone, proofs
from services.metrics.projector import Directory
from services.metrics.queries import members_now
from shared.storage.pool import Pool, connect, open_pool
from tests.fixtures.postgres import ScratchDatabase
from tests.services.metrics.api.waiting_set import lines
from tests.services.metrics.envelopes import W, follow_given, of_directory

MEMBER, BEFORE = "de-central", "aa-central"


@pytest.fixture
def pool(database: ScratchDatabase, conn: Connection) -> Iterator[Pool]:
    follow_given(conn, lines())
    with open_pool(database.app, name="test", max_size=3) as pool:
        yield pool


def test_a_member_is_tested_when_its_last_test_is_a_day_old(pool: Pool, conn: Connection) -> None:
    assert proofs(conn, MEMBER, W) == []

    assert MEMBER in prove_due(pool, Event(), W)
    assert proofs(conn, MEMBER, W) != []
    assert MEMBER not in prove_due(pool, Event(), W + timedelta(hours=23))
    assert MEMBER in prove_due(pool, Event(), W + timedelta(days=1))


def test_nobody_is_tested_while_another_process_does_it(pool: Pool, conn: Connection, database: ScratchDatabase) -> None:
    with connect(database.app, "another") as another, alone(another) as is_alone:
        assert is_alone
        assert prove_due(pool, Event(), W) == []
    assert MEMBER in prove_due(pool, Event(), W)


def test_who_is_asked_to_stop_tests_nobody_more(pool: Pool) -> None:
    stop = Event()
    stop.set()
    assert prove_due(pool, stop, W) == []


def test_a_member_that_cannot_be_replayed_keeps_no_other_from_it(pool: Pool, conn: Connection, database: ScratchDatabase) -> None:
    described = {"id": BEFORE, "name": BEFORE, "state": "AT", "time_zone": "Europe/Vienna", "calendar": "AT", "member": True}
    with conn.transaction():
        Directory().apply(conn, [of_directory(BEFORE, 1, "AuthorityRegistered", {"occurred_at": "2020-01-01T00:00:00Z", "by": BEFORE, **described})])
    with connect(database.owner, "owner") as owner:
        owner.execute("UPDATE authority_said SET time_zone = 'Mars/Olympus' WHERE authority = %s", [BEFORE])
    assert [member for member, _ in members_now(conn)][:2] == [BEFORE, MEMBER]

    assert prove_due(pool, Event(), W)[0] == MEMBER


def test_a_look_that_fails_is_followed_by_another(pool: Pool, conn: Connection) -> None:
    stop, looks = Event(), iter((OperationalError("away"), W, None))

    def now() -> datetime:
        look = next(looks)
        if isinstance(look, Exception):
            raise look
        if look is None:
            stop.set()
        return look or W

    keep_proving(pool, stop, now, look_seconds=0)

    assert proofs(conn, MEMBER, W) != []
