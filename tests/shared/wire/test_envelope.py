"""A fact's place in the log, on the wire and back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from shared.wire.codec import canonical, decode, encode, recorded
from shared.wire.envelope import Envelope, NoFact, as_cloudevent, from_record, to_headers
from shared.wire.topics import DIRECTORY, REQUESTS, TOPICS, topics_of

FACT = Envelope(
    id="0197f0a0-0000-7000-8000-000000000001",
    type="RequestSent",
    schema_version=1,
    stream="0197f0a0-0000-7000-8000-000000000002",
    subject="0197f0a0-0000-7000-8000-000000000002",
    version=7,
    topic=REQUESTS,
    recorded_at=datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC),
    value=b'{"a":1}',
    correlation_id="c",
    causation_id=None,
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    run=2,
    seq=40,
    partition=3,
    offset=55,
)
OF_AUTHORITY = FACT._replace(topic=DIRECTORY, subject="de-central", stream="0197f0a0-0000-7000-8000-000000000003", traceparent=None)


def record(envelope: Envelope, without: str = "", changed: Mapping[str, bytes] | None = None) -> Any:
    headers = [(name, (changed or {}).get(name, value)) for name, value in to_headers(envelope) if name != without]
    return SimpleNamespace(topic=envelope.topic, partition=envelope.partition, offset=envelope.offset, value=envelope.value, headers=headers)


@pytest.mark.parametrize("envelope", [FACT, OF_AUTHORITY, FACT._replace(recorded_at=datetime(2026, 3, 2, tzinfo=UTC))])
def test_a_fact_survives_the_wire(envelope: Envelope) -> None:
    assert from_record(record(envelope)) == envelope


def test_headers_are_those_of_cloudevents_in_binary_mode() -> None:
    headers = dict(to_headers(FACT))

    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_time"] == b"2026-03-02T09:30:00.123456Z"
    assert headers["ce_source"] == b"/rogatory/requests"
    assert headers["content-type"] == b"application/json"
    assert (headers["ce_streamversion"], headers["ce_relayrun"], headers["ce_relayseq"]) == (b"7", b"2", b"40")
    assert "ce_causationid" not in headers
    assert "ce_stream" not in headers
    assert "ce_stream" in dict(to_headers(OF_AUTHORITY))


MUST_BE_THERE = ["ce_id", "ce_type", "ce_subject", "ce_time", "ce_streamversion", "ce_schemaversion", "ce_relayseq", "ce_relayrun"]


@pytest.mark.parametrize("name", MUST_BE_THERE)
def test_a_record_that_lacks_a_header_is_no_fact(name: str) -> None:
    with pytest.raises(NoFact):
        from_record(record(FACT, without=name))


@pytest.mark.parametrize(("name", "value"), [("ce_streamversion", b"seven"), ("ce_time", b"yesterday"), ("ce_id", b"\xff"), ("ce_relayseq", b"")])
def test_a_record_with_a_malformed_header_is_no_fact(name: str, value: bytes) -> None:
    with pytest.raises(NoFact):
        from_record(record(FACT, changed={name: value}))


def test_the_structured_form_holds_what_is_the_same_in_every_delivery() -> None:
    event = as_cloudevent(OF_AUTHORITY)

    assert event["specversion"] == "1.0"
    assert event["subject"] == "de-central"
    assert event["stream"] == OF_AUTHORITY.stream
    assert event["data"] == {"a": 1}
    assert "traceparent" not in event
    assert not {"relayseq", "relayrun", "partition", "offset"} & set(event)


def acknowledged(**more: object) -> Mapping[str, object]:
    return {"occurred_at": "2026-03-02T09:30:00Z", "by": "cz-central", **more}


def test_members_that_an_older_reader_does_not_know_survive_its_rewriting() -> None:
    """EVT-10: through envelope and codec, byte for byte."""
    value = canonical(acknowledged(invented_in_2031={"deep": [1, {"x": None}]}, reference="7 AR"))
    received = from_record(record(FACT._replace(type="RequestAcknowledged", value=value)))

    fact = recorded(received).fact

    assert fact.extra == {"invented_in_2031": {"deep": [1, {"x": None}]}}
    assert decode(received.type, received.schema_version, encode(fact)) == fact
    assert b'"invented_in_2031":{"deep":[1,{"x":null}]}' in encode(fact)


def test_the_partitions_of_a_released_topic_never_change() -> None:
    assert {name: topic.partitions for name, topic in TOPICS.items()} == {"mla.requests": 12, "mla.escalations": 12, "mla.directory": 1, "mla.watermarks": 1}


def test_facts_are_kept_for_ever_and_watermarks_compacted() -> None:
    for name in ("mla.requests", "mla.escalations", "mla.directory"):
        assert TOPICS[name].settings == {"cleanup.policy": "delete", "retention.ms": "-1"}
    assert TOPICS["mla.watermarks"].settings["cleanup.policy"] == "compact"


def test_each_service_relays_the_topics_it_owns() -> None:
    assert [topic.name for topic in topics_of("requests")] == ["mla.requests", "mla.directory"]
    assert [topic.name for topic in topics_of("notifications")] == ["mla.escalations"]
    assert topics_of("metrics") == ()
