"""Whether a page can be used by everybody: axe, no sideways scrolling, nothing against its own policy."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
AXE = Axe()


def faults(page: Page, name: str) -> list[str]:
    """What is wrong with the page that is open, as lines that name it."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    found = [f"{name} at {width}: {each['id']} on {_targets(each)}" for each in AXE.run(page, options=RULES).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth")
    return found + ([f"{name} at {width}: scrolls sideways, {wide}"] if wide > width else [])


def _targets(violation: dict[str, Any]) -> str:
    return "; ".join(str(node["target"][0]) for node in violation["nodes"][:4])


def watched(page: Page) -> list[str]:
    """A list that fills with errors of the page, among them every breach of its policy."""
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text) if message.type == "error" and "status of" not in message.text else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    return seen
