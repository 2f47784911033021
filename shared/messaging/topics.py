"""Topics made from their declaration."""

import time
from collections.abc import Iterable

import structlog
from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from shared.messaging.reachable import require_broker
from shared.wire.topics import TOPICS, Topic

log = structlog.get_logger(__name__)
ATTEMPT_MS = 2_000
PAUSE_SECONDS = 0.5


class OtherPartitions(Exception):
    """A topic exists with another number of partitions than declared; numbers and order would break."""

    code = "other_partitions"


def _declare(admin: KafkaAdminClient, topic: Topic, replicas: int) -> None:
    try:
        admin.create_topics([NewTopic(topic.name, num_partitions=topic.partitions, replication_factor=replicas, topic_configs=topic.settings)])
    except TopicAlreadyExistsError:
        return
    log.info("topic_made", topic=topic.name, partitions=topic.partitions)


def _check(admin: KafkaAdminClient, topics: Iterable[Topic]) -> None:
    declared = {topic.name: topic.partitions for topic in topics}
    for found in admin.describe_topics(list(declared)):
        name, partitions = found["name"], len(found["partitions"])
        if partitions and partitions != declared[name]:
            raise OtherPartitions(f"{name} has {partitions} partitions, {declared[name]} are declared")


def declare_topics(bootstrap: str, wait_seconds: float = 60, topics: Iterable[Topic] | None = None) -> None:
    """Every declared topic exists. Three replicas where there are three brokers, else one.

    Raises:
        OtherPartitions: one exists with another number of partitions.
        KafkaError: no broker answered within *wait_seconds*.
    """
    wanted = list(TOPICS.values() if topics is None else topics)
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            require_broker(bootstrap)
            admin = KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=ATTEMPT_MS, request_timeout_ms=10_000)
            try:
                replicas = min(3, len(admin.describe_cluster()["brokers"]))
                for topic in wanted:
                    _declare(admin, topic, replicas)
                _check(admin, wanted)
            finally:
                admin.close()
            return
        except KafkaError as fault:
            if time.monotonic() > deadline:
                raise
            log.info("waiting_for_broker", fault=type(fault).__name__)
            time.sleep(PAUSE_SECONDS)
