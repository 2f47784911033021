"""A real Chromium on the running console."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.system import System

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium: `$CHROMIUM`, else the one on the path (`sh tests/e2e/browser/install.sh` says where to get it)."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail("the browser tests need Chromium: run `sh tests/e2e/browser/install.sh`, or say where it is with CHROMIUM=", pytrace=False)
    with sync_playwright() as playwright:
        sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
        launched = playwright.chromium.launch(executable_path=found, args=[*sandbox, *FLAGS])
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without memory."""
    made = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield made
    made.close()


@pytest.fixture
def desk(context: BrowserContext, system: System) -> Page:
    """A page on which a desk of the first authority is signed in."""
    return signed_in(context, system, "KEY_DESK")


def signed_in(context: BrowserContext, system: System, key: str) -> Page:
    """A new page, signed in with the key of that name."""
    page = context.new_page()
    page.goto(system.env["CONSOLE_URL"])
    page.get_by_label("Your key").fill(system.env[key])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page
