"""A JSON body, read strictly: what two readers could understand differently is refused."""

import json
import math
from collections.abc import Mapping
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError

from shared.web.errors import Fault, Problem, invalid, malformed

MAX_DEPTH = 32
MAX_BODY_BYTES = 1024 * 1024
LARGEST_DISCARDED_BYTES = 32 * 1024 * 1024
UTF_8 = frozenset({"utf-8", "utf8"})


def json_body() -> dict[str, Any]:
    """The body of the call as an object; `{}` when it is empty."""
    raw = whole_body()
    if not raw:
        return {}
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise Problem("unsupported_media_type", "Content-Type must be application/json", headers={"Accept": "application/json"})
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in UTF_8:
        raise Problem("unsupported_media_type", f"the charset {charset[:40]!r} is not taken; JSON is UTF-8", headers={"Accept": "application/json"})
    value = parse(raw)
    if not isinstance(value, dict):
        raise malformed("the body must be an object")
    return value


def whole_body() -> bytes:
    """All that the call sends; the same whenever it is asked for.

    Raises:
        Problem: too_large, also where no length is declared, for then werkzeug's stream ends at the limit without a word.
    """
    raw = request.get_data(cache=True)
    limit = request.max_content_length
    if request.content_length is None and limit is not None and len(raw) >= limit and request.environ["wsgi.input"].read(1):
        raise Problem("too_large", f"at most {limit} bytes")
    return raw


def parse(raw: bytes) -> Any:
    """The value of *raw*. Refused as malformed: other encodings, doubled names, NaN, infinities, NUL, lone surrogates, nesting deeper than `MAX_DEPTH`."""
    try:
        text = raw.decode("utf-8")
        value = _strict.decode(text)
    except UnicodeDecodeError:
        raise malformed("the body is not UTF-8") from None
    except RecursionError:
        raise malformed("the body is nested too deeply", limit=MAX_DEPTH) from None
    except ValueError as error:
        raise malformed(f"the body is not JSON: {error}") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        raise malformed("the body is nested too deeply", limit=MAX_DEPTH)
    if "\\u" in text:
        _check_characters(value)
    return value


def discard_unread(environ: Mapping[str, Any]) -> None:
    """Read what a refused call still sends, up to `LARGEST_DISCARDED_BYTES`: a connection that is closed on unread bytes may lose the answer on its way."""
    length = environ.get("CONTENT_LENGTH") or (str(LARGEST_DISCARDED_BYTES) if environ.get("wsgi.input_terminated") else "0")
    if not length.isdigit() or not 0 < int(length) <= LARGEST_DISCARDED_BYTES:
        return
    left = int(length)
    while left > 0 and (piece := environ["wsgi.input"].read(min(left, 65536))):
        left -= len(piece)


def load(schema: Schema, value: Mapping[str, Any]) -> Any:
    """*value* as *schema* reads it; every fault at once otherwise."""
    try:
        return schema.load(value)
    except ValidationError as error:
        raise invalid(list(_faults(error.normalized_messages(), ""))) from None


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


_strict = json.JSONDecoder(object_pairs_hook=_unambiguous, parse_constant=_no_constant, parse_float=_finite)


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in (outer.values() if isinstance(outer, dict) else outer)]
        if not level:
            return False
    return any(isinstance(inner, dict | list) for inner in level)


def _check_characters(value: Any) -> None:
    """An escape may hide what the raw bytes cannot hold."""
    try:
        text = json.dumps(value, ensure_ascii=False)
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise malformed("half of a surrogate pair stands alone") from None
    if "\\u0000" in text:  # json.dumps escapes NUL, and a typed backslash is doubled before it
        _check_nul(value)


def _check_nul(value: Any) -> None:
    rest = [value]
    while rest:
        inner = rest.pop()
        if isinstance(inner, str) and "\0" in inner:
            raise malformed("a text holds NUL")
        if isinstance(inner, dict):
            rest += [*inner, *inner.values()]
        elif isinstance(inner, list):
            rest += inner


def _faults(messages: Any, pointer: str) -> list[Fault]:
    """Messages of marshmallow as faults with JSON pointers."""
    if isinstance(messages, Mapping):
        return [
            fault
            for name, inner in messages.items()
            for fault in _faults(inner, pointer if name == "_schema" else f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")
        ]
    return [Fault(pointer, _code_of(str(message)), str(message)) for message in messages]


def _code_of(message: str) -> str:
    if message.startswith("Missing data"):
        return "required"
    if message.startswith("Unknown field"):
        return "unknown_member"
    return "invalid"
