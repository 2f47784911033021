"""Waiting for something to become true, with a deadline. The only place in the tests that sleeps."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.25


def until(check: Callable[[], T], seconds: float = 10, what: str = "") -> T:
    """Return the first true answer of *check*; fail, naming *what*, when there is none within *seconds*.

    An AssertionError inside *check* counts as "not yet"; the last one is shown on failure.
    """
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE_SECONDS
    last: object = None
    while True:
        try:
            if last := check():
                return last
        except AssertionError as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what or getattr(check, '__name__', check)} (last answer: {last!r})")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
