"""Following the facts: a delivery for everybody who wants to hear, with the fact or not at all."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from services.notifications.projector import RequestFollower
from shared.facts.requests import Person, RequestAssigned
from shared.messaging.projection import Poison
from shared.wire.envelope import Envelope
from tests.fixtures.postgres import ScratchDatabase
from tests.services.notifications.builders import PLACE, T0, E, R, Stream, X, acknowledged, drafted, follow, registered, rows, sent, subscribed


def test_a_fact_is_told_to_every_subscription_that_hears_of_it(conn: Connection[Any]) -> None:
    registered(conn, R)
    registered(conn, E)
    for authority in (R, E, X):
        subscribed(conn, authority, f"desk@{authority}.example.org", types=["RequestSent"])

    follow(conn, Stream().add(drafted(), sent(), acknowledged()))

    assert [(row["authority"], row["type"]) for row in rows(conn)] == [(R, "RequestSent"), (E, "RequestSent")]


def test_a_message_names_each_side_by_its_own_reference_and_the_other_by_its_name(conn: Connection[Any]) -> None:
    registered(conn, R)
    registered(conn, E)
    subscribed(conn, R, types=["RequestAcknowledged"])
    subscribed(conn, E, types=["RequestAcknowledged"])

    follow(conn, Stream().add(drafted(), sent(), acknowledged()))

    told = {row["authority"]: row["message"] for row in rows(conn)}
    assert (told[R]["reference"], told[R]["counterpart"]) == ("9 AR 12/26", "Central authority E")
    assert (told[E]["reference"], told[E]["counterpart"]) == ("E-77/26", "Central authority R")
    assert told[R]["state"] == "acknowledged"
    assert told[R]["happened_on"] == "2026-06-01"


def test_an_internal_fact_is_not_told_to_the_other_side(conn: Connection[Any]) -> None:
    """N-3, through the database: an authority is never told of a fact that it may not see."""
    subscribed(conn, R)
    subscribed(conn, E)

    follow(conn, Stream().add(drafted(), sent(), RequestAssigned(occurred_at=T0, by=E, desk="2")))

    assert [(row["authority"], row["type"]) for row in rows(conn)] == [
        (R, "RequestDrafted"),
        (R, "RequestSent"),
        (E, "RequestSent"),
        (E, "RequestAssigned"),
    ]


def test_what_was_recorded_before_a_subscription_began_is_not_told(conn: Connection[Any]) -> None:
    """A register of years that is loaded once does not become thousands of mails."""
    stream = Stream()
    old = stream.add(drafted(), sent(), recorded_at=T0)
    subscribed(conn, R)

    follow(conn, old + stream.add(acknowledged()))

    assert [row["type"] for row in rows(conn)] == ["RequestAcknowledged"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 3), max_size=4))
def test_a_repeated_record_never_sends_twice(conn: Connection[Any], cuts: list[int]) -> None:
    """OUT-03: however often and from wherever the facts are read again, each is told once."""
    subscription = subscribed(conn, R)
    stream = Stream()
    facts = stream.add(drafted(), sent(), acknowledged())

    follow(conn, facts)
    for cut in cuts:
        conn.execute("DELETE FROM followed_request WHERE id = %s", (stream.id,))
        follow(conn, facts)
        follow(conn, facts[cut:])

    told = conn.execute("SELECT count(*), count(DISTINCT message->>'fact') FROM delivery WHERE subscription = %s", (subscription.id,)).fetchone()
    assert told == (3, 3)


def test_a_fact_that_is_not_taken_is_not_told(conn: Connection[Any]) -> None:
    """OUT-04: the delivery is written in the transaction that moves the position."""
    subscribed(conn, R)
    with conn.transaction(force_rollback=True):
        RequestFollower(PLACE).apply(conn, Stream().add(drafted(), sent()))

    assert rows(conn) == []
    assert conn.execute("SELECT count(*) FROM followed_request").fetchone() == (0,)


def test_known_versions_are_those_of_the_last_facts_taken(conn: Connection[Any]) -> None:
    stream, other = Stream(), Stream()
    follow(conn, stream.add(drafted(), sent()))

    assert RequestFollower(PLACE).known(conn, [stream.id, other.id]) == {stream.id: 2}


def broken(envelope: Envelope, **changed: Any) -> Envelope:
    return envelope._replace(**changed)


@pytest.mark.parametrize(
    "changed",
    [{"value": b"{"}, {"value": b"[]"}, {"value": b"{}"}, {"type": "NobodyKnowsThis"}],
    ids=["no JSON", "no object", "members missing", "unknown type"],
)
def test_a_fact_that_cannot_be_read_is_poison_and_named(conn: Connection[Any], changed: dict[str, Any]) -> None:
    bad = broken(Stream().add(drafted())[0], **changed)

    with pytest.raises(Poison) as fault, conn.transaction():
        RequestFollower(PLACE).apply(conn, [bad])

    assert fault.value.envelope.id == bad.id


def test_a_fact_whose_stream_never_began_is_poison(conn: Connection[Any]) -> None:
    with pytest.raises(Poison), conn.transaction():
        RequestFollower(PLACE).apply(conn, Stream().add(sent()))


def test_no_message_holds_what_only_the_file_may_hold(conn: Connection[Any]) -> None:
    """DLV-06: seeded words of the request appear in no message: subject, persons, offences, fields."""
    registered(conn, R)
    subscribed(conn, R)
    secret = "Kestrel-Orchid"
    first = drafted(subject=secret, offences=(secret,), persons=(Person(id=secret, role="suspect"),), fields={"summary": secret}, case=secret)

    follow(conn, Stream().add(first, sent()))

    assert secret not in json.dumps([row["message"] for row in rows(conn)])


def test_the_reader_role_sees_deliveries_and_changes_nothing(database: ScratchDatabase) -> None:
    with psycopg.connect(database.reader, autocommit=True) as reader:
        reader.execute("SELECT * FROM delivery")
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
            reader.execute("DELETE FROM delivery")
