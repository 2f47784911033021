"""Forms are made from the descriptions of the moves, and a filled form says the body of the move."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.console.forms import body, controls

PRAGUE = ZoneInfo("Europe/Prague")


@pytest.mark.parametrize(
    ("member", "shown"),
    [
        pytest.param({"name": "subject", "type": "string"}, "line", id="words of one line"),
        pytest.param({"name": "text", "type": "text"}, "words", id="free text"),
        pytest.param({"name": "channel", "type": "string", "choices": ["post", "portal"]}, "choice", id="a closed list"),
        pytest.param({"name": "grounds", "type": "list", "each": {"type": "code", "choices": ["AGE"]}}, "choices", id="several of a closed list"),
        pytest.param({"name": "languages", "type": "list", "each": {"type": "language"}}, "lines", id="several lines"),
        pytest.param({"name": "final", "type": "boolean"}, "flag", id="yes or no"),
        pytest.param({"name": "until", "type": "date"}, "day", id="a day"),
        pytest.param({"name": "received_at", "type": "moment"}, "moment", id="a moment"),
        pytest.param({"name": "items", "type": "list", "each": {"type": "object", "of": [{"name": "label", "type": "text"}]}}, "entries", id="several objects"),
        pytest.param({"name": "values", "type": "values"}, "pairs", id="members to correct"),
    ],
)
def test_each_type_of_member_has_its_control(member: dict[str, Any], shown: str) -> None:
    assert [control.type for control in controls([member])] == [shown]


@pytest.mark.parametrize(
    ("member", "filled", "said"),
    [
        pytest.param({"name": "channel", "type": "string"}, {"channel": ["post"]}, {"channel": "post"}, id="a line"),
        pytest.param({"name": "channel", "type": "string"}, {"channel": ["  "]}, {}, id="an empty line is left out"),
        pytest.param({"name": "final", "type": "boolean"}, {"final": ["false"]}, {"final": False}, id="no is said, not left out"),
        pytest.param({"name": "round", "type": "integer"}, {"round": ["2"]}, {"round": 2}, id="a number"),
        pytest.param({"name": "round", "type": "integer"}, {"round": ["two"]}, {"round": "two"}, id="a wrong number goes to the service, which says why"),
        pytest.param({"name": "items", "type": "list", "each": {"type": "string"}}, {"items": ["a\r\nb\r\n"]}, {"items": ["a", "b"]}, id="one line, one entry"),
        pytest.param(
            {"name": "at", "type": "moment"}, {"at": ["2026-07-01T09:00"]}, {"at": "2026-07-01T09:00:00+02:00"}, id="summer time of the reader's zone"
        ),
        pytest.param(
            {"name": "at", "type": "moment"}, {"at": ["2026-12-01T09:00"]}, {"at": "2026-12-01T09:00:00+01:00"}, id="winter time of the reader's zone"
        ),
        pytest.param(
            {"name": "reason", "type": "coded_text", "choices": ["hearing"]},
            {"reason": ["hearing"], "reason-other": ["own words"]},
            {"reason": "own words"},
            id="own words go before the list",
        ),
        pytest.param(
            {"name": "items", "type": "list", "each": {"type": "object", "of": [{"name": "label", "type": "text"}, {"name": "size", "type": "integer"}]}},
            {"items-0-label": ["Records"], "items-0-size": ["7"], "items-1-label": [""]},
            {"items": [{"label": "Records", "size": 7}]},
            id="filled objects only",
        ),
        pytest.param(
            {"name": "values", "type": "values"},
            {"values-name": ["received_at", "void", ""], "values-value": ["2026-06-09T08:00:00Z", "true", ""]},
            {"values": {"received_at": "2026-06-09T08:00:00Z", "void": True}},
            id="members to correct, each as what it reads as",
        ),
    ],
)
def test_a_filled_form_says_the_body(member: dict[str, Any], filled: dict[str, list[str]], said: dict[str, Any]) -> None:
    assert body([member], filled, PRAGUE) == said
