"""All chains computed anew: a changed fact is found, told and exported; a run over some says nothing of all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg import Connection

from services.requests.__main__ import main
from services.requests.exposition import exposition
from shared.storage.pool import connect
from tests.fixtures.postgres import ScratchDatabase
from tests.services.requests.calling import R, Service

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SINCE, BROKEN = "mla_chain_unchecked_since_timestamp_seconds", "mla_chain_broken_streams"


def exported(conn: Connection[Any]) -> dict[str, float]:
    families = text_string_to_metric_families(exposition(conn, NOW).decode())
    return {sample.name: sample.value for family in families for sample in family.samples if sample.name in (SINCE, BROKEN)}


def verified(database: ScratchDatabase, capsys: pytest.CaptureFixture[str], *streams: str) -> tuple[int, list[dict[str, Any]]]:
    code = main(["verify", *streams], database.env())
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def alter(database: ScratchDatabase, request: str) -> None:
    """What somebody with the owner's password can do."""
    with connect(database.owner, "owner") as owner:
        owner.execute("ALTER TABLE event DISABLE TRIGGER event_is_only_added_to")
        owner.execute("UPDATE event SET type = 'RequestClosed' WHERE stream = %s AND version = 2", (request,))


def test_without_facts_there_is_nothing_to_check(conn: Connection[Any]) -> None:
    assert exported(conn) == {}


def test_until_the_first_check_the_age_is_that_of_the_first_fact(service: Service, conn: Connection[Any]) -> None:
    ((first,),) = conn.execute("SELECT min(recorded_at) FROM event").fetchall()
    assert exported(conn) == {SINCE: pytest.approx(first.timestamp(), abs=1e-3), BROKEN: 0}


def test_a_run_over_all_streams_is_noted_with_what_it_found(
    service: Service, conn: Connection[Any], database: ScratchDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    request = service.person(R).sends().id

    assert verified(database, capsys)[0] == 0
    whole = exported(conn)
    alter(database, request)
    code, lines = verified(database, capsys)

    assert code == 1
    assert lines[0]["stream"] == request
    assert lines[0]["broken_at"] == 2
    assert lines[-1]["broken"] == 1
    assert whole[BROKEN] == 0
    assert exported(conn)[BROKEN] == 1
    assert exported(conn)[SINCE] > whole[SINCE]


def test_a_run_over_some_streams_is_not_noted(service: Service, conn: Connection[Any], database: ScratchDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    request = service.person(R).sends().id
    before = exported(conn)

    assert verified(database, capsys, request)[0] == 0
    assert exported(conn) == before
