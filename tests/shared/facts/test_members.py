"""Facts as plain members, identifiers, texts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.facts import FACTS
from shared.facts import requests as facts
from shared.facts.identifiers import ESCALATIONS, caused, uuid7
from shared.facts.members import MalformedFact, from_members, moment, parse_moment, parse_when, to_members
from shared.facts.text import Sealed, Text, seal_texts, texts_in

AT = datetime(2026, 6, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_is_named_in_the_past(name: str) -> None:
    endings = ("ed", "Sent", "Back", "Taken", "Given", "Met", "MetLate", "Set", "Withdrawn")

    assert name.endswith(endings), name


@given(st.integers(0, 230 * 365 * 86_400 * 10**6), st.integers(-14 * 60, 14 * 60))
def test_a_moment_keeps_its_instant_whatever_the_offset(microseconds: int, minutes: int) -> None:
    at = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).astimezone(timezone(timedelta(minutes=minutes)))

    assert parse_moment(moment(at)) == at
    assert moment(at).endswith("Z")


@pytest.mark.parametrize("text", ["2026-06-01T10:00:00", "yesterday", "2026-13-01T00:00:00Z"])
def test_a_moment_without_offset_or_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_moment(text)


def test_a_day_stays_a_day_and_a_moment_a_moment() -> None:
    assert parse_when("2026-06-01") == date(2026, 6, 1)
    assert parse_when("2026-06-01T12:00:00+02:00") == AT


def test_members_without_a_value_are_left_out() -> None:
    assert to_members(facts.RequestSent(occurred_at=AT, by="R")) == {"occurred_at": "2026-06-01T10:00:00Z", "by": "R"}


def test_unknown_members_are_kept_on_every_level() -> None:
    data = {"occurred_at": moment(AT), "by": "E", "measures": [{"measure": "m1", "outcome": "granted", "grounds": [], "conditions": [], "x": 1}], "y": [2]}
    fact = from_members(facts.DecisionTaken, {**data, "outcome": "granted"})

    assert fact.extra == {"y": [2]}
    assert fact.measures[0].extra == {"x": 1}
    assert to_members(fact) == {**data, "outcome": "granted"}


@pytest.mark.parametrize("data", [{}, {"by": "R"}, {"by": "R", "occurred_at": 7}, {"by": ["R"], "occurred_at": "2026-06-01T10:00:00Z"}])
def test_members_that_make_no_fact_are_refused(data: dict[str, object]) -> None:
    with pytest.raises(MalformedFact):
        from_members(facts.RequestSent, data)


def test_sealing_finds_every_text_and_opening_finds_every_seal() -> None:
    fact = facts.RequestAmended(
        occurred_at=AT, by="R", note=Text("note"), changes={"fields": {"a": Text("one"), "b": [Text("two"), 3]}, "subject": "clear"}, reason=Text("why")
    )
    assert texts_in(fact) == ["note", "one", "two", "why"]

    sealed = seal_texts(fact, lambda text: Sealed(text[::-1]))

    assert texts_in(sealed) == []
    assert sealed.changes["subject"] == "clear"
    assert sealed.changes["fields"] == {"a": "eno", "b": ["owt", 3]}
    assert seal_texts(sealed, lambda text: Sealed("x")) is sealed


def test_ids_of_events_grow_with_time_and_carry_their_version() -> None:
    ids = [uuid7(AT + timedelta(milliseconds=number)) for number in range(20)]

    assert ids == sorted(ids)
    assert {id.version for id in ids} == {7}
    assert ids[0].int >> 80 == int(AT.timestamp() * 1000)


def test_the_same_cause_has_the_same_id() -> None:
    assert caused(ESCALATIONS, "r", "c", 1) == caused(ESCALATIONS, "r", "c", 1)
    assert caused(ESCALATIONS, "r", "c", 1) != caused(ESCALATIONS, "r", "c1")
