"""Which partition a fact goes to and which number it gets there: a function of the state row and the page, so that a resend gives the same."""

import zlib
from collections.abc import Mapping, Sequence

from shared.messaging.producer import Outgoing
from shared.storage.relay_state import Numbers
from shared.wire.envelope import Envelope, to_headers
from shared.wire.topics import Topic


class UndeclaredTopic(Exception):
    """A fact in the log names a topic that this relay does not serve."""

    code = "undeclared_topic"


class TopicEmptied(Exception):
    """Kafka acknowledged an offset at or below an earlier one: the topic was emptied or made anew behind our back."""

    code = "topic_emptied"


def partition_of(key: bytes, partitions: int) -> int:
    """CRC-32 of the key, modulo the number of partitions. Frozen: another function would tear streams apart."""
    return zlib.crc32(key) % partitions


def numbered(page: Sequence[Envelope], seq: Numbers, run: int, topics: Mapping[str, Topic]) -> tuple[list[Outgoing], Numbers]:
    """The records of *page*, and the numbers after it. *seq* stays as it is.

    Raises:
        UndeclaredTopic: see there.
    """
    after = {topic: list(seq.get(topic, ())) or [0] * declared.partitions for topic, declared in topics.items()}
    records = []
    for envelope in page:
        declared = topics.get(envelope.topic)
        if declared is None:
            raise UndeclaredTopic(envelope.topic)
        key = envelope.subject.encode()
        partition = partition_of(key, declared.partitions)
        numbers = after[envelope.topic]
        numbers[partition] += 1
        headers = to_headers(envelope._replace(run=run, seq=numbers[partition]))
        records.append(Outgoing(envelope.topic, partition, key, envelope.value, headers))
    return records, after


def acknowledged(records: Sequence[Outgoing], offsets: Sequence[int], ends: Numbers, topics: Mapping[str, Topic]) -> Numbers:
    """The last acknowledged offset of each partition after *records* got *offsets*.

    Raises:
        TopicEmptied: an offset does not lie above the last one.
    """
    after = {topic: list(ends.get(topic, ())) or [-1] * declared.partitions for topic, declared in topics.items()}
    for record, offset in zip(records, offsets, strict=True):
        if offset < 0:
            continue  # the broker had it from an earlier try and does not say where
        last = ends[record.topic][record.partition] if record.topic in ends else -1
        if offset <= last:
            raise TopicEmptied(f"{record.topic}/{record.partition}: offset {offset} after {last}")
        after[record.topic][record.partition] = max(after[record.topic][record.partition], offset)
    return after
