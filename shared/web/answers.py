"""Answers in JSON: compact, members in a stable order, so that equal answers are equal bytes."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def json_bytes(value: Any) -> bytes:
    """*value* as the bytes of an answer."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # Such as a number beyond 64 bits, which a body may have brought.
        return _encode(value).encode("utf-8")


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with *value* as its body."""
    return bytes_answer(json_bytes(value), status, headers)


def bytes_answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer whose JSON body is already written."""
    return Response(body, status=status, headers=headers, content_type="application/json")


def no_content(headers: Mapping[str, str] | None = None) -> Response:
    """204."""
    return Response(status=204, headers=headers)
