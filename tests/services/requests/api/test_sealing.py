"""Words of persons are never in clear outside the answer to those who may read them (D-44)."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection, sql

from services.requests.queries.streams import text_keys
from tests.services.requests.calling import E, Person, R, Service
from tests.services.requests.following import all_facts, follow

CANARY = "canary of a person's words"


def everything(service: Service) -> tuple[str, str]:
    """A request with words in every place that takes words; its id."""
    requesting, requested = service.person(R), service.person(E)
    fields = dict.fromkeys(service.shell.instruments.get("COE-030").required_fields("mla"), f"{CANARY} in the form")
    made = requesting.drafts(
        fields=fields,
        note=f"{CANARY} note",
        measures=[{"type": "hearing", "description": f"{CANARY} measure"}],
        urgency={"level": "urgent", "reason": f"{CANARY} why"},
    )
    requesting.moves("amend", made, fields={"object_and_reason": f"{CANARY} amended"}, reason=f"{CANARY} reason")
    requesting.moves("send", made)
    requested.moves("acknowledge", made, note=f"{CANARY} note")
    requested.moves("request_information", made, items=[f"{CANARY} item"])
    requesting.moves("supply_information", made, items=[f"{CANARY} item"])
    requested.moves("open_consultation", made, topic=f"{CANARY} topic")
    requesting.moves("conclude_consultation", made, topic=f"{CANARY} topic", result=f"{CANARY} result")
    requested.moves("attach_condition", made, type="speciality", text=f"{CANARY} condition")
    requested.moves("return", made, final=False, items=[{"label": f"{CANARY} label"}])
    note = requested.moves("add_note", made, text=f"{CANARY} text")["facts"][0]["id"]
    requested.moves("correct", made, fact=note, values={"text": f"{CANARY} corrected"}, reason=f"{CANARY} reason")
    return made.id, note


def rows_in_clear(conn: Connection[Any]) -> list[str]:
    """Every table whose rows hold the canary."""
    tables = [row[0] for row in conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration'")]
    marks = ("canary", b"canary".hex())  # bytes are told in hexadecimal digits
    queries = {table: sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)) for table in tables}
    return [table for table, query in queries.items() if any(mark in row[0] for row in conn.execute(query) for mark in marks)]


def test_no_words_are_in_clear_in_the_log_in_what_goes_to_kafka_in_rows_or_in_logs(
    service: Service, conn: Connection[Any], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """PRV-02, LOG-11: every column of every table, every payload, every line of the log."""
    with caplog.at_level(logging.DEBUG):
        everything(service)
        follow(service, conn)

    assert rows_in_clear(conn) == []
    assert not any(b"canary" in envelope.value for envelope in all_facts(conn))
    written = capsys.readouterr()
    assert "canary" not in written.out + written.err + caplog.text


def test_those_who_may_read_get_the_words(service: Service) -> None:
    request, _ = everything(service)
    person: Person = service.person(R)

    document = person.get(f"/v1/requests/{request}")
    history = person.call("GET", f"/v1/requests/{request}/history").text

    assert document["fields"]["object_and_reason"] == f"{CANARY} amended"
    assert document["measures"][0]["description"] == f"{CANARY} measure"
    assert document["urgency"]["reason"] == f"{CANARY} why"
    assert document["items"][0]["label"] == f"{CANARY} label"
    for words in ("note", "reason", "item", "topic", "result", "condition", "label"):
        assert f"{CANARY} {words}" in history
    assert '{"sealed"' not in history


def test_a_destroyed_key_takes_its_words_away_at_once_and_changes_no_hash(service: Service, conn: Connection[Any]) -> None:
    """PRV-03, TAM-06: also for a process that has just shown them."""
    request, _ = everything(service)
    person = service.person(R)
    person.get(f"/v1/requests/{request}")
    assert text_keys(conn, UUID(request))

    conn.execute("UPDATE text_key SET key = NULL, destroyed_at = clock_timestamp() WHERE stream = %s", (request,))

    assert CANARY not in person.call("GET", f"/v1/requests/{request}").text
    assert CANARY not in person.call("GET", f"/v1/requests/{request}/history").text
    assert person.get(f"/v1/requests/{request}")["fields"]["object_and_reason"] is None
    assert person.get(f"/v1/requests/{request}/verification")["intact"] is True
