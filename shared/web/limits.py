"""How fast one key may call: generic cell rate algorithm, in the process."""

import math
import threading
import time
from collections.abc import Callable

from shared.web.errors import Problem

CALLERS_KEPT = 10_000


class RateLimit:
    """Lets *per_second* calls of each key through, with *burst* at once."""

    def __init__(self, per_second: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / per_second
        self._tolerance = burst * self._interval
        self._now = now
        self._arrivals: dict[str, float] = {}
        self._lock = threading.Lock()

    def check(self, key: str) -> None:
        """429 with Retry-After when *key* calls too fast."""
        now = self._now()
        with self._lock:
            due = max(self._arrivals.get(key, now), now)
            if due - now > self._tolerance:
                raise Problem("rate_limited", "too many calls", retry_after_seconds=max(1, math.ceil(due - now - self._tolerance)))
            if len(self._arrivals) >= CALLERS_KEPT:
                self._arrivals = {known: at for known, at in self._arrivals.items() if at > now}
            self._arrivals[key] = due + self._interval
