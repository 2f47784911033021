"""Whether a page can be used by everybody: axe, no sideways scrolling, nothing against its own policy."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # the wheel carries no annotations
from playwright.sync_api import Page

WIDTHS = (1280, 375, 320)
"""A desk, a telephone, and a desk at four times the size."""
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}

COLOURS_APART = {"rules": {"color-contrast": {"enabled": False}}}
"""Colours are the same at every width and take the longest: they are looked at once."""


def faults(page: Page, name: str) -> list[str]:
    """What is wrong with the page that is open, at each width, as lines that name it."""
    found = []
    page.evaluate(AXE_SCRIPT)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        rules = RULES if width == WIDTHS[0] else RULES | COLOURS_APART
        violations = page.evaluate("rules => axe.run(document, rules).then(result => result.violations)", rules)
        found += [f"{name} at {width}: {each['id']} on {_targets(each)}" for each in violations]
        reached = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{name} at {width}: scrolls sideways to {reached}"] if reached > width else []
    return found


def _targets(violation: dict[str, Any]) -> str:
    return "; ".join(str(node["target"][0]) for node in violation["nodes"][:4])


def watched(page: Page) -> list[str]:
    """A list that fills with errors of the page, among them every breach of its policy."""
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text) if message.type == "error" and "status of" not in message.text else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    return seen
