"""The list behind one number: its address, and the words that say which number it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel import Locale

from services.console import dates, words
from services.console.delays.asked import STAGES, Asked
from services.console.delays.reading import BANDS

WITH_ARTICLE = frozenset({"AE", "BS", "CD", "CF", "CG", "DO", "GB", "GM", "KM", "MH", "MV", "NL", "PH", "SB", "SC", "US"})
"""States whose English name takes an article."""

ACCOUNT: Mapping[str, str] = {
    "carried_forward": "open when the period began",
    "previous_continuing": "open when the period began, as known then",
    "reopened": "reopened",
    "closed_total": "ended",
    "continuing": "open",
}
ARRIVED: Mapping[str, str] = {"outgoing": "sent", "incoming": "received"}
NOW: Mapping[str, str] = {
    "running": "with a limit that runs",
    "suspended": "with a limit that is stopped",
    "overdue": "overdue",
    "overdue_requests": "overdue",
    "past_strict": "past the safe date",
}
LIMITS: Mapping[str, str] = {
    "met": "with a limit kept",
    "met_late": "done after the limit",
    "missed": "with a limit missed",
    "lapsed": "with a limit lapsed",
    "cancelled": "with a limit that ended early",
    "denominator": "with a limit that came due",
}


def countries() -> Mapping[str, str]:
    """States by their code, as the reader's language calls them."""
    return Locale.parse(dates.LOCALE).territories


def country(code: str | None) -> str:
    """The name of a State."""
    return str(countries().get(code or "", code or ""))


def address(asked: Asked, cell: str, **place: Any) -> dict[str, Any]:
    """The parameters of the list behind *cell*: the question of the page, the place of the number, the cell."""
    return asked.address(whole=None, **place) | {"cell": cell}


def heading(asked: Asked, cell: str, count: int) -> str:
    """Which number it is: "14 requests to France overdue", "1 outgoing request reopened"."""
    noun = "request" if count == 1 else "requests"
    if not asked.counterpart:
        return f"{count} {asked.direction} {noun} {said(asked, cell)}"
    return f"{count} {noun} {'to' if asked.direction == 'outgoing' else 'from'} {_with_article(asked.counterpart)} {said(asked, cell)}"


def counted(cell: str) -> str | None:
    """What the number counts where that is not the request: one request may stand for several of them."""
    if cell.startswith("limits.") or cell in ("now.running", "now.suspended", "now.overdue", "now.past_strict"):
        return "limits"
    if cell.startswith("account.closed"):
        return "endings"
    return "reopenings" if cell == "account.reopened" else None


def said(asked: Asked, cell: str) -> str:
    """Which requests stand behind *cell*, as words after "14 requests"; a cell without words is named as it is."""
    match cell.split("."):
        case ["account", "new"]:
            return ARRIVED[asked.direction]
        case ["account", name] if name in ACCOUNT:
            return ACCOUNT[name]
        case ["now", name] if name in NOW:
            return NOW[name]
        case ["ageing", band] if band in BANDS:
            return f"open for {_days(band)}"
        case ["ageing_overdue", band] if band in BANDS:
            return f"overdue, open for {_days(band)}"
        case ["limits", _, verdict] if verdict in LIMITS:
            return LIMITS[verdict]
        case ["durations", name, *rest] if name in STAGES:
            return _waited(name, rest)
    return f"behind {cell}"


def _days(band: str) -> str:
    label = BANDS[band]
    return label if "days" in label else f"{label} days"


def _waited(name: str, rest: list[str]) -> str:
    stage = STAGES[name]
    match rest:
        case ["open"]:
            return f"still waiting for {stage.awaited}"
        case [days, "waiting", number]:
            return f"that waited longer than {number} days for {stage.awaited}{', stops left out' if days == 'net' else ''}"
        case ["ended_in_period"]:
            return f"{stage.said} in the period"
    return f"that began to wait for {stage.awaited}"


def _with_article(code: str) -> str:
    return f"the {country(code)}" if code in WITH_ARTICLE else country(code)


def narrowed(asked: Asked) -> list[str]:
    """What else the list is narrowed to: kind and instrument."""
    return [word for word in (words.word(words.KINDS, asked.kind) if asked.kind else "", asked.instrument or "") if word]
