"""Asking the database again: a serialization failure or a deadlock left nothing behind, so the same call may be made anew."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from psycopg import errors

from shared.storage.errors import TemporarilyUnavailable

T = TypeVar("T")
TRIES = 5
FIRST_PAUSE_SECONDS = 0.005
RETRY_AFTER_SECONDS = 1.0
AGAIN = (errors.SerializationFailure, errors.DeadlockDetected)


def with_retries(call: Callable[[], T], tries: int = TRIES, pause: Callable[[float], None] = time.sleep) -> T:
    """Return what *call* returns, at the latest at the last of *tries*. Pauses double and are drawn at random up to their length.

    Raises:
        TemporarilyUnavailable: the last try failed as well.
    """
    for attempt in range(1, tries + 1):
        try:
            return call()
        except AGAIN as fault:
            if attempt == tries:
                raise TemporarilyUnavailable(type(fault).__name__, RETRY_AFTER_SECONDS) from fault
            pause(random.uniform(0, FIRST_PAUSE_SECONDS * 2**attempt))
    raise AssertionError("unreachable")
