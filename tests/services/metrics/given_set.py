"""The given set of facts with its expected figures, and how answers are compared with them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from services.metrics.domain.answers import Register
from services.metrics.evaluate import register_of

FOLDER = Path(__file__).resolve().parents[3] / "data" / "figures"


@lru_cache(maxsize=1)
def register() -> Register:
    """The given facts."""
    return register_of(FOLDER / "small.jsonl")


@lru_cache(maxsize=1)
def expected() -> dict[str, Any]:
    """The expected figures."""
    document: dict[str, Any] = json.loads((FOLDER / "small.expected.json").read_text(encoding="utf-8"))
    return document


def differences(found: Any, wanted: Any, place: str = "") -> list[str]:
    """Where *found* is not what is *wanted*: numbers to 1e-9, all else exactly; members beyond those wanted are allowed."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        missing = [f"{place}/{name}: missing" for name in wanted if name not in found]
        return missing + [line for name in wanted if name in found for line in differences(found[name], wanted[name], f"{place}/{name}")]
    if isinstance(wanted, list) and isinstance(found, list) and len(found) == len(wanted):
        return [line for number, pair in enumerate(zip(found, wanted, strict=True)) for line in differences(*pair, f"{place}/{number}")]
    numbers = isinstance(found, int | float) and isinstance(wanted, int | float) and not isinstance(wanted, bool)
    same = abs(found - wanted) <= 1e-9 if numbers else found == wanted
    return [] if same else [f"{place}: {found!r} instead of {wanted!r}"]
