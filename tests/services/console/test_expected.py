"""A forecast is said in words, with its range and on how many cases it rests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.console.views.expected import NOT_PROVEN_YET, in_words
from tests.services.console.answering import KEY, ME, console

REQUEST = "00000000-0000-0000-0000-000000000008"

SAID: dict[str, Any] = {
    "reason": None,
    "stage": "decide",
    "n": 41,
    "expected": "2026-03-05",
    "range_50": ["2026-03-02", "2026-03-20"],
    "range_80": ["2026-02-27", "2026-04-30"],
    "proof": {"verdict": "proven"},
}


def test_the_day_comes_with_its_weekday_its_ranges_and_n() -> None:
    assert in_words(SAID) == [
        "The decision is to be expected around Thu 5 Mar 2026, going by 41 cases like it (n = 41).",
        "Of such cases, half come between Mon 2 Mar 2026 and Fri 20 Mar 2026, eight in ten between Fri 27 Feb 2026 and Thu 30 Apr 2026.",
    ]


def test_an_end_that_is_not_reached_is_left_open() -> None:
    assert in_words({**SAID, "range_80": ["2026-02-27", None]})[1].endswith("eight in ten on Fri 27 Feb 2026 or later.")


@pytest.mark.parametrize("proof", [pytest.param(None, id="never tested"), pytest.param({"verdict": "too_few"}, id="tested on too few")])
def test_what_was_not_tested_enough_says_so(proof: Any) -> None:
    assert in_words({**SAID, "proof": proof})[-1] == NOT_PROVEN_YET


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param({"reason": "too_few", "n": 7}, "No date can be given: too few cases like it are known (7).", id="too few"),
        pytest.param({"reason": "not_proven", "n": 70}, "did not hold when the past was replayed", id="not proven"),
        pytest.param({"reason": "reopened"}, "a reopened request has nothing to be compared with", id="reopened"),
        pytest.param({"reason": "not_known"}, "do not know this request yet", id="not in the figures yet"),
        pytest.param({"reason": "a_newer_reason"}, "No date is given.", id="a reason that this page does not know"),
        pytest.param({"reason": "not_open"}, "Nothing is awaited.", id="ended"),
        pytest.param({**SAID, "expected": None}, "of 41 cases like it, more than half have not come so far", id="the middle is not reached"),
    ],
)
def test_where_there_is_no_date_the_reason_is_said(said: dict[str, Any], words: str) -> None:
    (sentence,) = in_words(said)

    assert words in sentence


def test_the_page_says_it_for_one_request(tmp_path: Path) -> None:
    said = {**SAID, "since": "2026-01-12", "elapsed": 20, "as_known_at": "2026-02-01T08:00:00Z"}
    app, metrics, requests = console(tmp_path)
    metrics.answering = lambda path, asked: said
    requests.answering = lambda path, asked: ME if path == "/v1/me" else {"id": REQUEST}
    client = app.test_client()
    client.post("/sign-in", data={"key": KEY})

    page = client.get(f"/requests/{REQUEST}/expected").text

    assert "expected around Thu 5 Mar 2026" in page
    assert "since Mon 12 Jan 2026 (20 days)" in page
    assert metrics.asked == [(f"/v1/forecasts/{REQUEST}", {})]
