"""Every topic there is, declared once. Topics are made from this declaration and from nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

REQUESTS = "mla.requests"
ESCALATIONS = "mla.escalations"
DIRECTORY = "mla.directory"
WATERMARKS = "mla.watermarks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic: what its key is, how it is cut, how long it keeps, who owns, writes and reads it."""

    name: str
    key: str
    partitions: int
    retention: timedelta | None
    cleanup: str
    owner: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    segment: timedelta | None = None

    @property
    def settings(self) -> dict[str, str]:
        """The topic's settings as Kafka calls them."""
        kept = -1 if self.retention is None else _milliseconds(self.retention)
        settings = {"cleanup.policy": self.cleanup, "retention.ms": str(kept)}
        if self.segment is not None:
            settings |= {"segment.ms": str(_milliseconds(self.segment)), "min.cleanable.dirty.ratio": "0.1"}
        return settings


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


_DECLARED = (
    Topic(
        name=REQUESTS,
        key="request id",
        partitions=12,
        retention=None,
        cleanup="delete",
        owner="requests",
        producers=("requests",),
        consumers=("requests", "notifications", "metrics"),
    ),
    Topic(
        name=ESCALATIONS,
        key="request id",
        partitions=12,
        retention=None,
        cleanup="delete",
        owner="notifications",
        producers=("notifications",),
        consumers=("metrics",),
    ),
    Topic(
        name=DIRECTORY,
        key="authority id",
        partitions=1,
        retention=None,
        cleanup="delete",
        owner="requests",
        producers=("requests",),
        consumers=("requests", "notifications", "metrics"),
    ),
    Topic(
        name=WATERMARKS,
        key="topic name",
        partitions=1,
        retention=None,
        cleanup="compact",
        owner="requests",
        producers=("requests", "notifications"),
        consumers=("requests", "notifications", "metrics"),
        segment=timedelta(hours=1),
    ),
)

TOPICS: Mapping[str, Topic] = MappingProxyType({topic.name: topic for topic in _DECLARED})
"""A partition count never changes: another count is another topic."""


def topics_of(service: str) -> tuple[Topic, ...]:
    """The topics whose facts *service* writes, and so relays."""
    return tuple(topic for topic in _DECLARED if topic.owner == service and topic.name != WATERMARKS)
