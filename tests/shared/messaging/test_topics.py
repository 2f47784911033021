"""Topics are as declared, or somebody is told."""

from uuid import uuid4

import pytest
from kafka.errors import KafkaError

from shared.messaging.topics import OtherPartitions, declare_topics
from shared.wire.topics import Topic
from tests.fixtures.log import in_topic


def topic(name: str, partitions: int) -> Topic:
    return Topic(name=name, key="", partitions=partitions, retention=None, cleanup="delete", owner="tests", producers=(), consumers=())


def test_topics_may_be_declared_again(kafka_bootstrap: str) -> None:
    declared = topic(f"again.{uuid4().hex[:8]}", 3)

    declare_topics(kafka_bootstrap, topics=[declared])
    declare_topics(kafka_bootstrap, topics=[declared])

    assert in_topic(kafka_bootstrap, declared) == []


def test_another_number_of_partitions_is_told(kafka_bootstrap: str) -> None:
    name = f"other.{uuid4().hex[:8]}"
    declare_topics(kafka_bootstrap, topics=[topic(name, 3)])

    with pytest.raises(OtherPartitions, match="has 3 partitions, 4 are declared"):
        declare_topics(kafka_bootstrap, topics=[topic(name, 4)])


def test_a_broker_that_never_comes_is_told_in_time() -> None:
    with pytest.raises(KafkaError):
        declare_topics("127.0.0.1:9", wait_seconds=0.1)
