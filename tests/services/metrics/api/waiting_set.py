"""Forty requests that were acknowledged after 1, 2, … 40 days, and one that has waited for ten of them with 14 days left."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

TODAY = date(2026, 11, 1)
SIDES = {"requesting": {"authority": "fr-central", "state": "FR"}, "requested": {"authority": "de-central", "state": "DE"}}
HEAD: dict[str, Any] = {"kind": "eio", "instrument": "EU-EIO", **SIDES, "measures": ["m1"], "how": "post"}
WAITING = "R900"


def day(ago: int) -> str:
    """The day so many days before today."""
    return (TODAY - timedelta(days=ago)).isoformat()


def lines(**members: Any) -> list[dict[str, Any]]:
    """The streams; *members* are added to the one that waits."""
    found = [_line(f"R{after}", (200, "RequestRegistered", HEAD), (200 - after, "RequestAcknowledged", {})) for after in range(1, 41)]
    clock = {"clock": "c1", "row": "EIO-ACK", "stage": "acknowledgement", "zone": "Europe/Berlin", "adjusted_due": day(-14), "strict_due": day(-14)}
    return [*found, _line(WAITING, (10, "RequestRegistered", {**HEAD, **members}), (10, "ClockStarted", clock))]


def _line(request: str, *told: tuple[int, str, dict[str, Any]]) -> dict[str, Any]:
    facts = [
        {"id": f"{request}.{place}", "type": type, "occurred_at": f"{day(ago)}T08:00:00Z", "recorded_at": f"{day(ago)}T08:00:00Z", **members}
        for place, (ago, type, members) in enumerate(told, start=1)
    ]
    return {"request": request, "facts": facts}
