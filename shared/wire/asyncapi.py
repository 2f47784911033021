"""The AsyncAPI 3.0 document of all facts: topics, messages, schemas, examples. ``python -m shared.wire.asyncapi > docs/asyncapi.json`` writes it."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from shared.facts import CLOCK_FACTS, DIRECTORY_FACTS, ESCALATION_FACTS, FACTS, REQUEST_FACTS
from shared.wire.examples import examples
from shared.wire.schemas import SCHEMAS
from shared.wire.topics import TOPICS, Topic

VERSION = "1.0.0"
FACTS_OF: Mapping[str, tuple[str, ...]] = {
    "mla.requests": (*REQUEST_FACTS, *CLOCK_FACTS),
    "mla.escalations": tuple(ESCALATION_FACTS),
    "mla.directory": tuple(DIRECTORY_FACTS),
    "mla.watermarks": (),
}
_TEXT, _NUMBER = {"type": "string"}, {"type": "string", "pattern": "^[0-9]+$"}
HEADERS: Mapping[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka binary mode. Numbers are written in digits.",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_streamversion", "ce_schemaversion"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "the id of the fact"},
        "ce_source": _TEXT,
        "ce_type": {"type": "string", "description": "the name of the fact"},
        "ce_subject": {"type": "string", "description": "the key of the record"},
        "ce_stream": {"type": "string", "description": "the stream, where it is not the subject"},
        "ce_time": {"type": "string", "format": "date-time", "description": "when it was recorded"},
        "ce_streamversion": {**_NUMBER, "description": "its place in the stream, from 1, without gaps"},
        "ce_schemaversion": _NUMBER,
        "ce_relayrun": _NUMBER,
        "ce_relayseq": {**_NUMBER, "description": "dense number in this partition"},
        "ce_correlationid": _TEXT,
        "ce_causationid": _TEXT,
        "ce_traceparent": _TEXT,
        "content_type": {"const": "application/json"},
    },
}
WATERMARK: Mapping[str, Any] = {
    "type": "object",
    "description": "Whoever has read up to these numbers has everything that was recorded for the topic before this moment.",
    "required": ["topic", "run", "numbers", "watermark"],
    "properties": {
        "topic": {"type": "string"},
        "run": {"type": "integer", "description": "incarnation of the relay"},
        "numbers": {"type": "array", "items": {"type": "integer"}, "description": "the last dense number of each partition"},
        "watermark": {"type": "string", "format": "date-time"},
    },
    "additionalProperties": True,
}


def document() -> dict[str, Any]:
    """Return the whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rogatory: facts of mutual legal assistance and extradition",
            "version": VERSION,
            "description": "One stream a request. A released (type, version) is frozen; consumers keep members that they do not know.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(topic) for name, topic in TOPICS.items()},
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    names = FACTS_OF[topic.name] or ("WatermarkReached",)
    kept = "for ever" if topic.retention is None else f"{topic.retention.days} days"
    return {
        "address": topic.name,
        "title": topic.name,
        "description": f"Key: {topic.key}. Owner: {topic.owner}. Kept {kept}, cleanup {topic.cleanup}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": {"topic": topic.name, "partitions": topic.partitions, "bindingVersion": "0.5.0"}},
    }


def _operations() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for topic in TOPICS.values():
        parts = [("send", "publishes", service) for service in topic.producers] + [("receive", "follows", service) for service in topic.consumers]
        for action, verb, service in parts:
            name = f"{service}_{verb}_{topic.name.replace('.', '_')}"
            made[name] = {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}, "summary": f"{service} {verb} {topic.name}"}
    return made


def _messages() -> dict[str, Any]:
    shown: dict[str, list[dict[str, Any]]] = {}
    for example in examples():
        shown.setdefault(example.type, []).append({"name": f"version {example.version}, {example.name}", "payload": example.data})
    made = {name: _message(name, shown.get(name, [])) for names in FACTS_OF.values() for name in names}
    payload = {"$ref": "#/components/schemas/WatermarkReached"}
    made["WatermarkReached"] = {"name": "WatermarkReached", "summary": "All is published up to here.", "payload": payload}
    return made


def _message(name: str, shown: list[dict[str, Any]]) -> dict[str, Any]:
    about = inspect.getdoc(FACTS[name]) or name
    return {
        "name": name,
        "summary": about.split("\n\n")[0].replace("``", ""),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "examples": shown,
    }


def _schemas() -> dict[str, Any]:
    plugin = MarshmallowPlugin(schema_name_resolver=_name_of)
    spec = APISpec("facts", VERSION, "3.1.0", plugins=[plugin])
    plugin.converter.add_attribute_function(_own_shape)  # type: ignore[union-attr]  # set by APISpec just now
    for (name, _), schema in SCHEMAS.items():
        if name not in spec.components.schemas:
            spec.components.schema(name, schema=schema)
    made: dict[str, Any] = {name: spec.components.schemas[name] for name in sorted(spec.components.schemas)}
    return {**made, "Headers": dict(HEADERS), "WatermarkReached": dict(WATERMARK)}


def _name_of(schema: Any) -> str:
    cls = schema if isinstance(schema, type) else type(schema)
    return cls.__name__


def _own_shape(self: Any, field: Any, **kwargs: Any) -> dict[str, Any]:
    shape: dict[str, Any] = getattr(field, "json_schema", {})
    return shape


def written() -> str:
    """Return the document as it is published, with a newline at its end."""
    return json.dumps(document(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(written())
