"""The page of delays in a real browser: every state can be used by everybody, by keyboard alone, and on paper."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from services.console.apis import ProblemAnswer, ServiceAway
from services.metrics.domain.errors import AccountDoesNotClose
from tests.e2e.browser.accessible import faults, watched
from tests.e2e.browser.paper import printed
from tests.services.console.answering import KEY, console, counting, problem_of

YEAR = "from=2025-01-01&to=2026-01-01"
STATES: Mapping[str, str] = {
    "figures": f"/delays?{YEAR}&stage=to_return",
    "filtered": f"/delays?{YEAR}&direction=incoming&kind=eio&days=net&as_known_at=2026-01-31T10:00",
    "books that do not close": f"/delays?{YEAR}&instrument=BOOKS",
    "figures that are old": f"/delays?{YEAR}&instrument=OLD",
    "nothing": "/delays?from=2019-01-01&to=2020-01-01",
    "a field that cannot be read": "/delays?from=yesterday",
    "figures that are away": f"/delays?{YEAR}&instrument=AWAY",
    "the list behind a number": f"/delays/requests?{YEAR}&cell=account.new",
    "no such page": "/nowhere",
}
"""States of the page, each with an address; some need a service that fails, which it does for an instrument of that name."""


def failing(path: str, asked: Mapping[str, Any]) -> Any:
    """The figures; for three instruments of no law the account does not close, or is known late, or nobody answers."""
    fault, asked = asked.get("instrument"), {name: value for name, value in asked.items() if name != "instrument"}
    if fault == "BOOKS":
        raise ProblemAnswer(500, problem_of(AccountDoesNotClose(2, ("R7", "R9"))))
    if fault == "OLD" and asked["as_known_at"] > "2026-02-02T08:21":
        raise ProblemAnswer(409, {"code": "beyond_watermark", "parameters": {"latest": "2026-02-02T08:20:30.5Z"}})
    if fault == "AWAY":
        raise ServiceAway("metrics")
    return counting(path, asked)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The console alone, on services that stand in for the running ones."""
    app, _, _ = console(tmp_path_factory.mktemp("console"), metrics=failing)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def head(context: BrowserContext, address: str) -> Page:
    """A head of an authority, signed in."""
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.get_by_label("Your key").fill(KEY)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/delays")
    return page


def test_every_state_of_the_page_can_be_used_by_everybody(head: Page, address: str) -> None:
    seen, found = watched(head), []
    for name, path in STATES.items():
        head.goto(address + path)
        found += faults(head, name)

    assert found == []
    assert seen == []


def test_whom_to_call_and_their_late_list_are_reached_by_keyboard_alone(head: Page, address: str) -> None:
    head.goto(f"{address}/delays?{YEAR}")
    seen: list[str] = []
    while len(seen) < 60 and "Central Authority of" not in "".join(seen[-1:]):
        head.keyboard.press("Tab")
        seen.append(head.evaluate("document.activeElement.innerText || document.activeElement.id"))
    outline = head.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    head.keyboard.press("Enter")

    assert seen[0] == "Skip to the content"
    assert outline != "none"
    expect(head.get_by_role("heading", level=1)).to_contain_text("request to")
    expect(head.get_by_text("Phone: +00 1")).to_be_visible()


def test_the_filters_live_in_the_address(head: Page, address: str) -> None:
    head.goto(f"{address}/delays?{YEAR}")
    head.get_by_text("Change what is asked").click()
    head.get_by_label("Direction").select_option("incoming")
    head.get_by_label("Waiting for the step").select_option("Return")
    head.get_by_role("button", name="Show").click()

    expect(head.get_by_text("Half are returned within")).to_be_visible()
    assert "direction=incoming" in head.url
    assert "from=2025-01-01" in head.url
    head.reload()
    expect(head.get_by_text("Half are returned within")).to_be_visible()


def test_the_page_reads_well_on_paper(head: Page, address: str, tmp_path: Path) -> None:
    head.goto(f"{address}/delays?{YEAR}&stage=to_return")
    text = printed(head, tmp_path / "delays.pdf")

    for words in (
        "Where are we late?",
        "Central Authority, Bonn",
        "As known at Mon 2 Feb 2026",
        "The books close",
        "Still waiting after",
        "Page 1 of",
        "Dec 2025",
    ):
        assert words in text
    for gone in ("Sign out", "Change what is asked", "Skip to the content", "http"):
        assert gone not in text


def test_a_late_list_reads_well_on_paper(head: Page, address: str, tmp_path: Path) -> None:
    head.goto(f"{address}/delays/requests?{YEAR}&direction=incoming&counterpart=FR&cell=account.new")
    text = printed(head, tmp_path / "list.pdf")

    for words in ("4 requests from France received", "Phone: +00 1", "Hours: Mon-Fri 9-16", "As known at", "Page 1 of 1"):
        assert words in text
    assert "Back to the delays" not in text


def test_figures_that_are_old_are_not_printed(head: Page, address: str, tmp_path: Path) -> None:
    head.goto(address + STATES["figures that are old"])
    text = printed(head, tmp_path / "old.pdf")

    assert "do not print these figures yet" in text
    assert "Overdue now" not in text
