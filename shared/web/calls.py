"""How many calls were answered, how, and how fast: of all workers of one interface together. No route, no caller: the access log has these."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MutexValue, ValueClass

NAME = "mla_http_call_seconds"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
CLASSES = ("2xx", "3xx", "4xx", "5xx")
NOT_COUNTED = frozenset({"/healthz", "/readyz", "/metrics"})
"""Routes that deployments ask all the time; they would hide the calls of people and systems."""

own = CollectorRegistry()
SECONDS = Histogram(NAME, "Time to answer a call, by method and class of status", ["method", "status"], buckets=BUCKETS, registry=own)


def begin() -> None:
    """Every pair is told from the beginning, as 0: the first failure must be seen to rise."""
    for method, status in product(METHODS, CLASSES):
        SECONDS.labels(method, status)


def count(route: str, method: str, status: str, seconds: float) -> None:
    """A call to *route* was answered with *status* after *seconds*."""
    if route not in NOT_COUNTED:
        SECONDS.labels(method if method in METHODS else "other", f"{status[:1]}xx").observe(seconds)


class AllWorkers:
    """The calls that every worker of this interface has written into the folder that the workers share."""

    def __init__(self) -> None:
        self._files = MultiProcessCollector(None)

    def collect(self) -> Iterator[Metric]:
        """The one family; whatever else the workers keep there is told from rows."""
        yield from (metric for metric in self._files.collect() if metric.name == NAME)


def exposition() -> bytes:
    """Return the calls as Prometheus reads them: of all workers where they share a folder, otherwise of this process."""
    if ValueClass is MutexValue:  # no folder was named when this process began: it is the only worker
        return generate_latest(own)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(AllWorkers())
    return generate_latest(registry)
