"""Which records count: one number after the other, of one incarnation. And the pure rules around it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.batches import sort
from shared.messaging.numbering import TopicEmptied, UndeclaredTopic, acknowledged, numbered, partition_of
from shared.messaging.reading import read
from shared.messaging.watermarks import Marks, Watermark, from_record, is_reached, newest_reached, to_record
from shared.storage.positions import Place
from shared.wire.envelope import Envelope, to_headers
from shared.wire.topics import DIRECTORY, REQUESTS, TOPICS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def envelope(stream: str = "s", version: int = 1, topic: str = REQUESTS, run: int = 1, seq: int = 1) -> Envelope:
    return Envelope(str(uuid4()), "NumberNoted", 1, stream, stream, version, topic, NOON, b"{}", run=run, seq=seq)


def records(*numbers: tuple[int, int], first_offset: int = 0) -> list[Any]:
    """One record for each (run, number)."""
    found = []
    for offset, (run, seq) in enumerate(numbers, start=first_offset):
        headers = to_headers(envelope(run=run, seq=seq))
        found.append(SimpleNamespace(topic=REQUESTS, partition=0, offset=offset, key=b"s", value=b"{}", headers=headers))
    return found


READINGS = [
    pytest.param(Place(1, 0, 0), [(1, 1), (1, 2), (1, 3)], [1, 2, 3], Place(1, 3, 3), None, id="in order"),
    pytest.param(Place(1, 5, 2), [(1, 3)], [3], Place(1, 1, 3), None, id="the next one"),
    pytest.param(Place(1, 0, 0), [(1, 1), (1, 1), (1, 2), (1, 1), (1, 2)], [1, 2], Place(1, 5, 2), None, id="copies are skipped"),
    pytest.param(Place(1, 0, 0), [(1, 1), (1, 3), (1, 2), (1, 3)], [1, 2, 3], Place(1, 4, 3), None, id="an early copy waits for its turn"),
    pytest.param(Place(0, 0, 0), [(4, 1), (4, 2)], [1, 2], Place(4, 2, 2), None, id="a new place takes the incarnation it meets"),
    pytest.param(Place(2, 0, 1), [(1, 2), (2, 2), (1, 3)], [2], Place(2, 3, 2), None, id="an older incarnation is skipped"),
    pytest.param(Place(1, 0, 0), [(1, 1), (2, 1), (2, 2)], [1], Place(1, 1, 1), 2, id="a higher incarnation ends the reading before it"),
]


@pytest.mark.parametrize(("place", "given_numbers", "taken", "after", "new_run"), READINGS)
def test_only_the_next_number_counts(place: Place, given_numbers: list[tuple[int, int]], taken: list[int], after: Place, new_run: int | None) -> None:
    found = read(records(*given_numbers), place)

    assert [envelope.seq for envelope in found.taken] == taken
    assert found.place == after
    assert found.new_run == new_run


@given(st.lists(st.integers(1, 8), max_size=20), st.integers(1, 8))
def test_whatever_copies_come_first_a_full_resend_gives_each_number_once(noise: list[int], cut: int) -> None:
    """OUT-03: any copies and early copies in any order, read in two polls, then the resend from the first number that was not acknowledged."""
    log = records(*[(1, number) for number in [*noise, *range(1, 9)]])
    first = read(log[:cut], Place(1, 0, 0))
    second = read(log[cut:], first.place)

    assert [envelope.seq for envelope in first.taken + second.taken] == list(range(1, 9))


def test_a_record_that_is_no_fact_is_set_aside_and_passed() -> None:
    broken = records((1, 1), (1, 2), (1, 2))
    broken[1].headers = [("ce_relayrun", b"1"), ("ce_relayseq", b"2"), ("other", None)]

    found = read(broken, Place(1, 0, 0))

    assert [envelope.seq for envelope in found.taken] == [1, 2]
    assert [record.offset for record, _ in found.unreadable] == [1]
    assert found.place == Place(1, 3, 2)


SORTINGS = [
    pytest.param([("a", 1), ("a", 2), ("b", 1)], {}, set(), {}, [("a", 1), ("a", 2), ("b", 1)], [], id="all follow"),
    pytest.param([("a", 1), ("a", 2), ("a", 3)], {"a": 2}, set(), {}, [("a", 3)], [], id="known versions are skipped"),
    pytest.param([("a", 1), ("a", 2), ("b", 1)], {}, set(), {("a", 1): "bad"}, [("b", 1)], [("a", 1), ("a", 2)], id="poison takes what is behind it along"),
    pytest.param([("a", 3), ("b", 1)], {"a": 2}, {"a"}, {}, [("b", 1)], [("a", 3)], id="behind what was parked before"),
    pytest.param([("a", 3), ("a", 4), ("b", 1)], {"a": 1}, set(), {}, [("b", 1)], [("a", 3), ("a", 4)], id="a missing version blocks"),
    pytest.param([("a", 1), ("a", 2)], {}, set(), {("a", 2): "bad"}, [("a", 1)], [("a", 2)], id="what came before the poison is good"),
]


@pytest.mark.parametrize(("batch", "known", "blocked", "poison", "good", "aside"), SORTINGS)
def test_a_batch_is_sorted_by_version(batch: Any, known: Any, blocked: Any, poison: Any, good: Any, aside: Any) -> None:
    found = sort([envelope(stream, version) for stream, version in batch], known, frozenset(blocked), poison)

    assert [(kept.stream, kept.version) for kept in found.good] == good
    assert [(kept.stream, kept.version) for kept, _ in found.aside] == aside


def test_the_partition_of_a_key_never_changes() -> None:
    """The published check value of CRC-32: "123456789" gives CBF43926 (hex), which is 2 modulo 12."""
    assert partition_of(b"123456789", 12) == 2
    assert partition_of(b"123456789", 0xFFFFFFFF) == 0xCBF43926
    assert partition_of(b"123456789", 1) == 0


def test_numbers_follow_from_the_state_and_the_page_alone() -> None:
    page = [envelope(f"stream {number % 5}", number) for number in range(40)]
    seq = {REQUESTS: [3] * 12}

    first, after = numbered(page, seq, 7, TOPICS)
    half, between = numbered(page[:13], seq, 7, TOPICS)
    rest, last = numbered(page[13:], between, 7, TOPICS)

    assert first == half + rest
    assert after == last
    assert seq == {REQUESTS: [3] * 12}
    assert sum(after[REQUESTS]) == 3 * 12 + 40


def test_a_fact_of_a_topic_that_is_not_served_stops_the_relay() -> None:
    with pytest.raises(UndeclaredTopic):
        numbered([envelope(topic=DIRECTORY)], {}, 1, {REQUESTS: TOPICS[REQUESTS]})


def test_an_offset_that_does_not_rise_means_that_the_topic_was_emptied() -> None:
    sent, _ = numbered([envelope(), envelope(version=2)], {}, 1, TOPICS)
    partition = sent[0].partition

    ends = acknowledged(sent, [10, 11], {}, TOPICS)
    assert ends[REQUESTS][partition] == 11
    assert acknowledged(sent, [-1, 12], ends, TOPICS)[REQUESTS][partition] == 12
    with pytest.raises(TopicEmptied):
        acknowledged(sent, [0, 1], ends, TOPICS)


def test_a_mark_is_proven_by_a_snapshot_that_lies_wholly_above_it() -> None:
    """What the snapshot does not see has an id of 100 or more; the mark's own id 99 lies below it, the mark 100 does not."""
    marks = Marks()
    marks.add(NOON, 99)
    marks.add(NOON + timedelta(seconds=1), 100)

    assert marks.prove("99:120:99") is None
    assert marks.prove("100:120:100,110") == NOON
    assert marks.prove("121:121:") == NOON + timedelta(seconds=1)


def test_a_watermark_never_goes_back() -> None:
    marks = Marks()
    marks.add(NOON, 5)
    marks.add(NOON - timedelta(hours=1), 6)

    assert marks.prove("9:9:") == NOON


REACHED = [
    pytest.param((1, 2), {0: Place(1, 9, 1), 1: Place(1, 9, 2)}, True, id="exactly"),
    pytest.param((1, 2), {0: Place(1, 9, 5), 1: Place(1, 9, 5)}, True, id="beyond"),
    pytest.param((1, 2), {0: Place(1, 9, 1), 1: Place(1, 9, 1)}, False, id="one is missing"),
    pytest.param((1, 0), {0: Place(1, 9, 1)}, True, id="a partition without records"),
    pytest.param((1, 0), {0: Place(1, 9, 1), 1: Place()}, True, id="a partition not begun"),
    pytest.param((1, 1), {0: Place(2, 9, 9), 1: Place(1, 9, 9)}, False, id="another incarnation"),
    pytest.param((0, 0), {0: Place(2, 9, 9), 1: Place(2, 9, 9)}, False, id="an older incarnation's places"),
]


@pytest.mark.parametrize(("numbers", "places", "reached"), REACHED)
def test_a_watermark_is_reached_by_numbers_of_its_own_incarnation(numbers: tuple[int, ...], places: dict[int, Place], reached: bool) -> None:
    assert is_reached(Watermark(REQUESTS, 1, numbers, NOON), places) is reached


def test_the_newest_watermark_that_is_reached_counts() -> None:
    pending = [Watermark(REQUESTS, 1, (number,), NOON + timedelta(seconds=number)) for number in range(5)]

    assert newest_reached(pending, {0: Place(1, 0, 3)}) == 3
    assert newest_reached(pending[4:], {0: Place(1, 0, 3)}) is None


def test_a_watermark_survives_the_wire() -> None:
    mark = Watermark(REQUESTS, 3, (0, 17), NOON)

    assert from_record(to_record(mark)) == mark
    assert from_record(SimpleNamespace(value=b"other")) is None
