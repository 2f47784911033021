"""A fact with its place in the log, and the same as CloudEvents 1.0: a Kafka record in binary mode, or JSON in structured mode.

The key of a record is the subject. The stream is named on the wire only where it is not the subject (extension `stream`).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from shared.facts.members import moment as moment_text
from shared.wire.topics import TOPICS

SPECVERSION = "1.0"
CONTENT_TYPE = "application/json"
Headers = list[tuple[str, bytes]]


class Envelope(NamedTuple):
    """One fact as stored or received. `run` and `seq` are 0, `partition` and `offset` -1 when it comes from the log itself.

    A plain tuple, because a consumer makes one for every record.
    """

    id: str
    type: str
    schema_version: int
    stream: str
    subject: str
    version: int
    topic: str
    recorded_at: datetime
    value: bytes
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None
    run: int = 0
    seq: int = 0
    partition: int = -1
    offset: int = -1


class NoFact(ValueError):
    """A record does not carry what every fact of ours carries."""


def source(topic: str) -> str:
    """Who wrote the facts of *topic*, as a CloudEvents source."""
    declared = TOPICS.get(topic)
    return f"/rogatory/{declared.owner if declared else topic}"


def to_headers(envelope: Envelope) -> Headers:
    """The headers of the record that carries *envelope*; `run` and `seq` must be set."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", envelope.id.encode()),
        ("ce_source", source(envelope.topic).encode()),
        ("ce_type", envelope.type.encode()),
        ("ce_subject", envelope.subject.encode()),
        ("ce_time", moment_text(envelope.recorded_at).encode()),
        ("content-type", b"application/json"),
        ("ce_streamversion", b"%d" % envelope.version),
        ("ce_schemaversion", b"%d" % envelope.schema_version),
        ("ce_relayrun", b"%d" % envelope.run),
        ("ce_relayseq", b"%d" % envelope.seq),
    ]
    if envelope.stream != envelope.subject:
        headers.append(("ce_stream", envelope.stream.encode()))
    for name, text in (("correlationid", envelope.correlation_id), ("causationid", envelope.causation_id), ("traceparent", envelope.traceparent)):
        if text is not None:
            headers.append((f"ce_{name}", text.encode()))
    return headers


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def from_headers(found: Mapping[str, bytes], record: Any, run: int, seq: int) -> Envelope:
    """The fact in *record*, whose headers are *found*. Raises what a missing or malformed header makes Python raise."""
    subject = found["ce_subject"].decode()
    stream = found.get("ce_stream")
    return Envelope(
        found["ce_id"].decode(),
        found["ce_type"].decode(),
        int(found["ce_schemaversion"]),
        subject if stream is None else stream.decode(),
        subject,
        int(found["ce_streamversion"]),
        record.topic,
        datetime.fromisoformat(found["ce_time"].decode()),
        record.value,
        _text(found.get("ce_correlationid")),
        _text(found.get("ce_causationid")),
        _text(found.get("ce_traceparent")),
        run,
        seq,
        record.partition,
        record.offset,
    )


def from_record(record: Any) -> Envelope:
    """The fact in a consumed record (anything with topic, partition, offset, value, headers).

    Raises:
        NoFact: a header is missing or malformed.
    """
    try:
        found = dict(record.headers)
        return from_headers(found, record, int(found["ce_relayrun"]), int(found["ce_relayseq"]))
    except (KeyError, ValueError, TypeError, AttributeError) as fault:
        raise NoFact(repr(fault)) from fault


def as_cloudevent(envelope: Envelope) -> dict[str, Any]:
    """*envelope* in structured mode, as the feed gives it. What one delivery had of its own (number, offset) is left out."""
    event: dict[str, Any] = {
        "specversion": SPECVERSION,
        "id": envelope.id,
        "source": source(envelope.topic),
        "type": envelope.type,
        "subject": envelope.subject,
        "time": moment_text(envelope.recorded_at),
        "datacontenttype": CONTENT_TYPE,
        "streamversion": envelope.version,
        "schemaversion": envelope.schema_version,
    }
    if envelope.stream != envelope.subject:
        event["stream"] = envelope.stream
    for name, text in (("correlationid", envelope.correlation_id), ("causationid", envelope.causation_id), ("traceparent", envelope.traceparent)):
        if text is not None:
            event[name] = text
    event["data"] = json.loads(envelope.value)
    return event
