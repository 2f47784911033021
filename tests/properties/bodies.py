"""Bodies that nobody foresaw: any JSON, and JSON that looks nearly like what a published document asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", " ", "x", "\0", "\u202e", "a\r\nb", "x" * 600, "2026-01-01", "2026-01-01T00:00:00Z", "20260101T000000Z", "9999-12-31T23:59:59-14:00", "P1D", "-0",
     "00000000-0000-0000-0000-000000000000", "%", "../..", "a,b", "EU-EIO", "COE-030", "eio", "mla", "e-central", "p1", "m1"]
)  # fmt: skip
NUMBERS = st.integers(-(2**70), 2**70) | st.sampled_from([0, -1, 2**31, 2**63, 10**400]) | st.floats(allow_nan=False, allow_infinity=False)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
LARGE = st.sampled_from([["x"] * 20_000, {str(place): place for place in range(20_000)}, "x" * 100_000])


@dataclass(frozen=True)
class Operation:
    """A published way to send a body."""

    method: str
    path: str
    schema: Mapping[str, Any]


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Every POST and PUT of *document*, with the schema of its JSON body (empty where it has none)."""
    for path, offered in document["paths"].items():
        for method in sorted({"post", "put"} & set(offered)):
            content = offered[method].get("requestBody", {}).get("content", {})
            yield Operation(method.upper(), path, content.get("application/json", {}).get("schema", {}))


def bodies(document: Mapping[str, Any], operation: Operation) -> st.SearchStrategy[Any]:
    """What may be sent to *operation*: an object of its shape with some members wrong, or anything at all."""
    return near(document, operation.schema, 3) | st.dictionaries(TEXTS, ANYTHING, max_size=3) | ANYTHING


def near(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int) -> st.SearchStrategy[Any]:
    """Values of the shape of *schema*, more or less."""
    while "$ref" in schema:
        schema = _resolved(document, schema["$ref"])
    members = schema.get("properties", {})
    if members and depth:
        required = {name: _member(document, members[name], depth) for name in schema.get("required", ()) if name in members}
        return st.fixed_dictionaries(required, optional={name: _member(document, told, depth) for name, told in members.items() if name not in required})
    if "items" in schema and depth:
        return st.lists(_member(document, schema["items"], depth), max_size=3)
    if "enum" in schema:
        return st.sampled_from(list(schema["enum"]))
    return st.from_regex(schema["pattern"], fullmatch=True) if "pattern" in schema else ANYTHING


def _member(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int) -> st.SearchStrategy[Any]:
    right = near(document, schema, depth - 1)
    return st.one_of(right, right, right, ANYTHING, LARGE)


def _resolved(document: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return dict(found)
