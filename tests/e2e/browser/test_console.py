"""People sign in, find their work, open a request, make moves and learn why a date is what it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.browser.conftest import signed_in
from tests.e2e.system import System
from tests.waiting import until


@pytest.fixture
def sent(system: System) -> dict[str, str]:
    """A request of the first authority that was sent: its id and reference."""
    draft = system.draft(subject="Statements of one account")
    assert system.move(str(draft["id"]), "send", channel="portal").status == 200
    return {"id": str(draft["id"]), "reference": str(draft["requesting"]["reference"])}


def test_a_key_that_nobody_has_is_refused_with_what_to_do(context: BrowserContext, system: System) -> None:
    page = context.new_page()
    page.goto(system.env["CONSOLE_URL"])
    page.get_by_label("Your key").fill("rog_0000000000000000_nobody")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("This key is not known")


def test_the_work_list_shows_a_sent_request_and_who_has_it(desk: Page, system: System, sent: dict[str, str]) -> None:
    def listed() -> bool:
        desk.goto(f"{system.env['CONSOLE_URL']}/?view=theirs")
        return desk.get_by_role("link", name=sent["reference"]).count() == 1

    until(listed, 60, "the list shows the request")
    expect(desk.get_by_role("row").filter(has_text=sent["reference"])).to_contain_text("Statements of one account")


def test_the_other_side_acknowledges_by_two_clicks_and_its_clock_starts(context: BrowserContext, system: System, sent: dict[str, str]) -> None:
    page = signed_in(context, system, "KEY_DESK_OTHER")
    page.goto(f"{system.env['CONSOLE_URL']}/requests/{sent['id']}")
    page.get_by_role("link", name="Acknowledge", exact=True).click()
    page.get_by_label("Reference (optional)").fill("E-77")
    page.get_by_role("button", name="Acknowledge").click()

    expect(page.locator("[aria-current=step]")).to_contain_text("Acknowledged")
    expect(page.get_by_role("row").filter(has_text="EIO-RECOG")).to_contain_text("Running")
    expect(page.get_by_text("E-77").first).to_be_visible()


def test_why_a_date_is_one_click_away_and_ends_with_its_calendar(desk: Page, system: System, sent: dict[str, str]) -> None:
    assert system.move(sent["id"], "acknowledge", "KEY_DESK_OTHER").status == 200
    desk.goto(f"{system.env['CONSOLE_URL']}/requests/{sent['id']}")
    desk.get_by_role("row").filter(has_text="EIO-RECOG").get_by_role("link").click()

    expect(desk.get_by_role("heading", level=1)).to_have_text(re.compile("^Why (Mon|Tue|Wed|Thu|Fri|Sat|Sun) "))
    expect(desk.get_by_role("listitem").filter(has_text="Calendar DE")).to_be_visible()


def test_a_move_of_the_other_side_is_not_offered_and_the_page_says_why(desk: Page, system: System, sent: dict[str, str]) -> None:
    desk.goto(f"{system.env['CONSOLE_URL']}/requests/{sent['id']}")

    expect(desk.get_by_role("link", name="Acknowledge", exact=True)).to_have_count(0)
    desk.get_by_text("Not possible now, and why").click()
    expect(desk.get_by_text("A move of the requested side.").first).to_be_visible()


def test_a_form_that_misses_something_keeps_what_was_filled(context: BrowserContext, system: System, sent: dict[str, str]) -> None:
    assert system.move(sent["id"], "acknowledge", "KEY_DESK_OTHER").status == 200
    page = signed_in(context, system, "KEY_DESK_OTHER")
    page.goto(f"{system.env['CONSOLE_URL']}/requests/{sent['id']}/moves/extend")
    page.get_by_label("By (optional)").fill("P10D")
    page.get_by_role("button", name="Extend a time limit").click()

    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    expect(page.get_by_label("By (optional)")).to_have_value("P10D")


def test_a_change_made_meanwhile_is_shown_and_the_form_stays(context: BrowserContext, system: System, sent: dict[str, str]) -> None:
    page = signed_in(context, system, "KEY_DESK_OTHER")
    page.goto(f"{system.env['CONSOLE_URL']}/requests/{sent['id']}/moves/add_note")
    page.get_by_label("Text").fill("Call the court")
    assert system.move(sent["id"], "acknowledge", "KEY_DESK_OTHER").status == 200
    page.evaluate("document.querySelector('[name=version]').value = '3'")
    page.get_by_role("button", name="Add a note").click()

    expect(page.get_by_role("alert")).to_contain_text("This request was changed meanwhile")
    expect(page.get_by_label("Text")).to_have_value("Call the court")


def test_the_head_lands_on_the_delays_with_the_account_that_closes(context: BrowserContext, system: System, sent: dict[str, str]) -> None:
    page = signed_in(context, system, "KEY_HEAD")

    expect(page.get_by_role("heading", level=1)).to_have_text("Where are we late?")
    known_at = datetime.now(UTC).isoformat().replace("+00:00", "Z")

    def closes() -> bool:
        page.goto(f"{system.env['CONSOLE_URL']}/delays?as_known_at={known_at}")
        return page.get_by_text("The books close").count() == 1

    until(closes, 60, "the account closes on the page")


def test_pages_need_nothing_from_outside_and_break_no_rule_of_their_policy(context: BrowserContext, system: System, sent: dict[str, str]) -> None:
    page = signed_in(context, system, "KEY_DESK")
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: None if request.url.startswith(system.env["CONSOLE_URL"]) else seen.append(request.url))
    for path in ("/", "/delays", f"/requests/{sent['id']}", f"/requests/{sent['id']}/verification", f"/requests/{sent['id']}/moves/withdraw"):
        page.goto(system.env["CONSOLE_URL"] + path)

    assert seen == []


def test_signing_out_ends_the_session(desk: Page, system: System) -> None:
    desk.get_by_role("button", name="Sign out").click()
    desk.goto(f"{system.env['CONSOLE_URL']}/delays")

    expect(desk.get_by_label("Your key")).to_be_visible()
