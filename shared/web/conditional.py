"""Conditional calls: the ETag is the version the caller sees, moves take If-Match, reads take If-None-Match and min_version."""

import re
import time
from collections.abc import Callable
from typing import TypeVar

from flask import Response, request

from shared.web.errors import Problem, malformed

T = TypeVar("T")

_TAG = re.compile(r'"(\d{1,9})"', re.ASCII)
MIN_VERSION_WAIT_SECONDS = 2.0
MIN_VERSION_POLL_SECONDS = 0.02


def etag(version: int) -> str:
    """The strong entity tag of *version*."""
    return f'"{version}"'


def expected_version() -> int:
    """The version in If-Match: 428 without one, 412 with a tag that no version can have."""
    told = request.headers.get("If-Match")
    if told is None or told.strip() == "*":
        raise Problem("version_required", "send If-Match with the version you have seen")
    tag = _TAG.fullmatch(told.strip())
    if tag is None:
        raise Problem("stale_version", "If-Match is not the tag of a version", parameters={"if_match": told[:64]})
    return int(tag[1])


def not_modified(version: int) -> Response | None:
    """304 when the caller already has *version*."""
    told = request.headers.get("If-None-Match")
    if told is None:
        return None
    tag = etag(version)
    if told.strip() == "*" or any(part.strip().removeprefix("W/") == tag for part in told.split(",")):
        return Response(status=304, headers={"ETag": tag})
    return None


def min_version() -> int | None:
    """The version that the answer must at least have."""
    told = request.args.get("min_version")
    if told is None:
        return None
    if not told.isascii() or not told.isdigit() or len(told) > 9:
        raise malformed("min_version must be a version", "?min_version")
    return int(told)


def wait_until(
    read: Callable[[], T],
    arrived: Callable[[T], bool],
    *,
    wait_seconds: float = MIN_VERSION_WAIT_SECONDS,
    poll_seconds: float = MIN_VERSION_POLL_SECONDS,
) -> T:
    """What *read* gives once *arrived* holds of it; 503 with Retry-After when it does not in time."""
    deadline = time.monotonic() + wait_seconds
    while not arrived(found := read()):
        if time.monotonic() >= deadline:
            raise Problem("temporarily_unavailable", "the version asked for has not arrived", retry_after_seconds=1)
        time.sleep(poll_seconds)
    return found
