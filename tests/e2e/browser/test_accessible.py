"""Every page of the running console can be used by everybody, on a desk, on a telephone and at four times the size."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.e2e.browser.accessible import faults, watched
from tests.e2e.browser.conftest import signed_in
from tests.e2e.browser.paper import printed
from tests.e2e.system import System


def test_every_page_can_be_used_by_everybody(context: BrowserContext, system: System, told: dict[str, str]) -> None:
    page = signed_in(context, system, "KEY_DESK")
    seen, found = watched(page), []
    for name, path in told.items():
        page.goto(system.env["CONSOLE_URL"] + path)
        found += faults(page, name)

    assert found == []
    assert seen == []


@pytest.fixture(scope="module")
def told(system: System) -> dict[str, str]:
    """A request that was sent and acknowledged, and the pages that tell of it."""
    draft = system.draft(subject="Statements of one account", urgency={"level": "urgent", "reason": "hearing"})
    request = f"/requests/{draft['id']}"
    assert system.move(str(draft["id"]), "send", channel="portal").status == 200
    acknowledged = system.move(str(draft["id"]), "acknowledge", "KEY_DESK_OTHER")
    clock = acknowledged.body["clocks"][0]["id"]
    return {
        "work": "/",
        "work with a filter": "/?view=theirs&kind=eio",
        "request": request,
        "request as it was known": f"{request}?as_of={draft['recorded_at']}",
        "why": f"{request}/clocks/{clock}",
        "move": f"{request}/moves/correct",
        "move that is not possible": f"{request}/moves/acknowledge",
        "verification": f"{request}/verification",
        "expected": f"{request}/expected",
        "error": "/requests/00000000-0000-0000-0000-000000000000",
    }


def test_a_request_and_the_reason_of_a_date_read_well_on_paper(context: BrowserContext, system: System, told: dict[str, str], tmp_path: Path) -> None:
    page = signed_in(context, system, "KEY_DESK")
    page.goto(system.env["CONSOLE_URL"] + told["request"])
    request = printed(page, tmp_path / "request.pdf")
    page.goto(system.env["CONSOLE_URL"] + told["why"])
    why = printed(page, tmp_path / "why.pdf")

    for words in ("Statements of one account", "Its clocks", "Everything that happened", "Acknowledged", "Page 1 of"):
        assert words in request
    for words in ("Why ", "Step by step", "Fingerprint of this derivation"):
        assert words in why
    for gone in ("Sign out", "What you can do now", "Back to the request"):
        assert gone not in request + why


def test_the_page_that_asks_for_the_key_can_be_used_by_everybody(context: BrowserContext, system: System) -> None:
    page = context.new_page()
    page.goto(system.env["CONSOLE_URL"])
    found = faults(page, "sign-in")
    page.get_by_label("Your key").fill("rog_0000000000000000_nobody")
    page.get_by_role("button", name="Sign in").click()

    assert found + faults(page, "sign-in refused") == []
