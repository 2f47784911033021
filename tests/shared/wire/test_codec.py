"""Facts as bytes and back: canonical, tolerant of newer writers, never with clear words of a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.facts import FACTS
from shared.facts import requests as facts
from shared.facts.base import Fact
from shared.facts.members import MalformedFact, from_members, to_members
from shared.facts.text import Sealed, Text, seal_texts, texts_in
from shared.wire.codec import UnknownFact, UnsealedText, canonical, decode, encode
from shared.wire.examples import Example, examples
from shared.wire.schemas import SCHEMAS
from shared.wire.upcasters import NoWay, upcast

ALL = list(examples())
AT = datetime(2026, 6, 1, 10, tzinfo=UTC)
TODAY = [example for example in ALL if example.version == FACTS[example.type].schema_version]


def name_of(example: Example) -> str:
    return f"{example.type}-{example.version}-{example.name}"


@pytest.mark.parametrize(("type", "cls"), FACTS.items())
def test_every_version_of_every_fact_has_an_example(type: str, cls: type[Fact]) -> None:
    """EVT-05"""
    shown = {example.version for example in ALL if example.type == type}

    assert shown == set(range(1, cls.schema_version + 1))


@pytest.mark.parametrize("example", ALL, ids=name_of)
def test_every_fact_ever_released_can_be_read(example: Example) -> None:
    """EVT-05: golden examples of all types and versions pass through the upcasters."""
    fact = decode(example.type, example.version, canonical(example.data))

    assert type(fact).__name__ == example.type
    assert fact.extra == {}


@pytest.mark.parametrize("example", TODAY, ids=name_of)
def test_a_fact_of_today_is_written_as_it_was_read(example: Example) -> None:
    stored = canonical(example.data)

    assert encode(decode(example.type, example.version, stored)) == stored


@pytest.mark.parametrize("example", TODAY, ids=name_of)
def test_an_example_satisfies_the_published_schema(example: Example) -> None:
    schema = SCHEMAS[(example.type, example.version)]()

    assert schema.validate(example.data) == {}
    assert set(example.data) <= set(schema.fields)


@pytest.mark.parametrize("example", TODAY, ids=name_of)
def test_members_of_a_newer_writer_survive_a_rewrite(example: Example) -> None:
    """EVT-10: unknown members, on every level, are read, kept and written back."""
    newer = with_news(example.data)
    stored = canonical(newer)

    assert encode(decode(example.type, example.version, stored)) == stored


def with_news(value: Any) -> Any:
    """*value* with members that no class of today knows, in every object of it."""
    if isinstance(value, list):
        return [with_news(each) for each in value]
    if not isinstance(value, dict) or set(value) == {"sealed"}:
        return value
    return {**{name: with_news(each) for name, each in value.items()}, "news": {"of": ["tomorrow", 1, {"sealed": "k9.x"}]}}


def test_the_same_fact_has_the_same_bytes_whatever_the_order_of_its_members() -> None:
    members = {"channel": "post", "by": "R", "occurred_at": "2026-06-01T12:00:00+02:00"}
    backwards = dict(reversed(members.items()))

    first = encode(decode("RequestSent", 1, json.dumps(members)))

    assert first == encode(decode("RequestSent", 1, json.dumps(backwards)))
    assert first == b'{"by":"R","channel":"post","occurred_at":"2026-06-01T10:00:00Z"}'


@pytest.mark.parametrize(
    "fact",
    [
        facts.RequestWithdrawn(occurred_at=AT, by="R", reason=Text("for the family of the accused")),
        facts.RequestSent(occurred_at=AT, by="R", note=Text("told the clerk")),
        facts.RequestAmended(occurred_at=AT, by="R", changes={"fields": {"facts": Text("he went home")}}),
        facts.ResultsReturned(occurred_at=AT, by="E", part=1, final=True, items=(facts.Item(id="i1", label=Text("letter")),)),
        facts.InformationRequested(occurred_at=AT, by="E", items=(Text("where he lives"),)),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_clear_words_of_a_person_are_never_encoded(fact: Fact) -> None:
    with pytest.raises(UnsealedText):
        encode(fact)

    sealed = seal_texts(fact, lambda text: Sealed("k1." + text.upper()))
    assert texts_in(sealed) == []
    assert texts_in(fact) != []
    assert b"sealed" in encode(sealed)
    assert encode(decode(type(fact).__name__, 1, encode(sealed))) == encode(sealed)


def test_an_older_version_is_brought_to_today_step_by_step() -> None:
    """EVT-05: a made-up first version of a fact, two steps behind."""

    def split_place(data: dict[str, Any]) -> dict[str, Any]:
        data["channel"] = data.pop("how")
        return data

    def add_count(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "copies": 1}

    first = {"occurred_at": "2026-06-01T10:00:00Z", "by": "R", "how": "post"}

    today = upcast("RequestSent", 1, 3, first, {("RequestSent", 1): split_place, ("RequestSent", 2): add_count})

    assert today == {"occurred_at": "2026-06-01T10:00:00Z", "by": "R", "channel": "post", "copies": 1}
    assert first["how"] == "post"


def test_a_version_without_a_way_on_is_refused() -> None:
    with pytest.raises(NoWay):
        upcast("RequestSent", 1, 2, {}, {})


def test_a_type_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownFact):
        decode("RequestLost", 1, b"{}")


@pytest.mark.parametrize(
    ("type", "value"),
    [
        pytest.param("RequestSent", b"{", id="no JSON"),
        pytest.param("RequestSent", b'{"by":"R"}', id="a member is missing"),
        pytest.param("RequestSent", b'{"by":1,"occurred_at":"2026-06-01T10:00:00Z"}', id="a number for a name"),
        pytest.param("RequestSent", b'{"by":"R","occurred_at":"2026-06-01T10:00:00"}', id="a moment without offset"),
        pytest.param("RequestSent", b"[]", id="no object"),
        pytest.param("ResultsReturned", b'{"by":"R","occurred_at":"2026-06-01T10:00:00Z","part":1,"final":"yes"}', id="a word for a truth"),
    ],
)
def test_bytes_that_make_no_fact_are_refused(type: str, value: bytes) -> None:
    with pytest.raises(MalformedFact):
        decode(type, 1, value)


def test_plain_members_and_back_lose_nothing() -> None:
    fact = facts.NewDatePromised(occurred_at=AT, by="E", row="EIO-RECOG", date=AT, reason=Sealed("k1.x"))

    assert from_members(facts.NewDatePromised, to_members(fact)) == fact
