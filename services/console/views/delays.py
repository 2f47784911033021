"""Where we are late, whom to call, whether it gets better: the figures of the metrics service, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel.dates import get_month_names
from flask import Blueprint, current_app, g, render_template, request

from services.console import dates
from services.console.apis import Answer, Api, ProblemAnswer, ServiceAway, side_by_side
from services.console.charts.bars import ageing_bars, month_columns
from services.console.charts.curve import share_after, waiting_curve

pages = Blueprint("delays", __name__)

BANDS: Mapping[str, str] = {
    "0-30": "0 to 30 days",
    "31-90": "31 to 90",
    "91-180": "91 to 180",
    "181-365": "181 to 365",
    "366-730": "366 to 730",
    "731+": "731 and more",
}
STAGES: Mapping[str, str] = {"to_acknowledge": "Acknowledge", "to_decide": "Decide", "to_execute": "Execute", "to_return": "Return"}
TABLE_DAYS = (15, 30, 45, 60, 90, 180)
FEW = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: one direction and kind, a period, one instant of knowledge."""

    direction: str
    kind: str | None
    start: str
    end: str
    as_known_at: str | None
    stage: str
    days: str

    @classmethod
    def of(cls, args: Mapping[str, str], today: date) -> Asked:
        """The question in *args*; without one: what we ask of others, this year so far, until the decision."""
        stage, days = args.get("stage", "to_decide"), args.get("days", "gross")
        return cls(
            direction=args.get("direction") if args.get("direction") in ("outgoing", "incoming") else "outgoing",  # type: ignore[arg-type]  # narrowed by the test
            kind=args.get("kind") or None,
            start=args.get("from") or f"{today.year}-01-01",
            end=args.get("to") or (today + timedelta(days=1)).isoformat(),
            as_known_at=args.get("as_known_at") or None,
            stage=stage if stage in STAGES else "to_decide",
            days=days if days in ("gross", "net") else "gross",
        )

    def query(self, **more: Any) -> dict[str, Any]:
        """The same question to `/v1/figures`."""
        return {"from": self.start, "to": self.end, "as_known_at": self.as_known_at, **more}

    def year_before(self) -> dict[str, Any]:
        """The period one year earlier, as known at the same instant."""
        return self.query(**{"from": _year_before(self.start), "to": _year_before(self.end), "curve": self.stage})


@pages.get("/delays")
def show() -> str | tuple[str, int]:
    """The page a head of an authority lands on."""
    asked = Asked.of(request.args, dates.local(g.now).date())
    api, key = current_app.extensions["metrics_api"], g.session.key
    try:
        found = _figures(api, key, asked)
    except ProblemAnswer as refused:
        if refused.status == 401:
            raise
        return render_template("delays_closed.html", asked=asked, problem=refused.problem), refused.status
    now, before, counterparts, stuck = (None if isinstance(part, ServiceAway) else part.body for part in found)
    if now is None:
        raise ServiceAway("metrics")
    return render_template("delays.html", **_page(asked, now, before, counterparts, stuck))


def _figures(api: Api, key: str, asked: Asked) -> list[Answer | ServiceAway]:
    """Four questions, asked at the same time: now with its curve and months, a year ago, by counterpart, by counterpart and stage."""
    path = "/v1/figures"
    return side_by_side(
        [
            lambda: api.get(key, path, asked.query(curve=asked.stage, months="true", overdue="true")),
            lambda: api.get(key, path, asked.year_before()),
            lambda: api.get(key, path, asked.query(group_by="counterpart")),
            lambda: api.get(key, path, asked.query(group_by="counterpart,stage")),
        ]
    )


def _page(asked: Asked, now: Mapping[str, Any], before: Any, counterparts: Any, stuck: Any) -> dict[str, Any]:
    group, last_year = _group(now, asked), _group(before, asked) if before else None
    cohorts = [(asked.end[:4], _points(group, asked)), (_year_before(asked.end)[:4], _points(last_year, asked))]
    rows = sorted((row for row in (counterparts or {}).get("groups", []) if row.get("counterpart") and row["direction"] == asked.direction), key=_lateness)
    months = (group or {}).get("months") or []
    return {
        "asked": asked,
        "answer": now,
        "group": group,
        "last_year": last_year,
        "wide": waiting_curve(cohorts, 830, 300),
        "narrow": waiting_curve(cohorts, 360, 260),
        "table": [
            (label, [(day, share_after(points, day)) for day in TABLE_DAYS], _km(part, asked))
            for (label, points), part in zip(cohorts, (group, last_year), strict=True)
            if points
        ],
        "rows": rows,
        "call": [row for row in rows if row["now"].get("overdue_requests")][:3],
        "cells": {row["counterpart"]: _cells(row, _by_stage(stuck, asked), asked) for row in rows},
        "kept": _kept((group or {}).get("limits") or []),
        "kept_before": _kept((last_year or {}).get("limits") or []),
        "ageing": ageing_bars(_bands(group), 480) if group else [],
        "months": month_columns(months, list(get_month_names("abbreviated", locale=dates.LOCALE).values()), 480, 220) if months else None,
        "stages": STAGES,
        "few": FEW,
    }


def _group(answer: Mapping[str, Any] | None, asked: Asked) -> dict[str, Any] | None:
    """The group of the direction and kind asked for; None when nothing happened and nothing is open."""
    for group in (answer or {}).get("groups", []):
        if group["direction"] == asked.direction and group.get("kind") == asked.kind:
            return dict(group)
    return None


def _points(group: Mapping[str, Any] | None, asked: Asked) -> list[dict[str, Any]]:
    return list(_km(group, asked).get("points") or [])


def _km(group: Mapping[str, Any] | None, asked: Asked) -> dict[str, Any]:
    duration = ((group or {}).get("durations") or {}).get(asked.stage) or {}
    return dict((duration.get(asked.days) or {}).get("km") or {})


def _bands(group: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    overdue = group.get("ageing_overdue") or {}
    return [(label, group["ageing"].get(band, 0), overdue.get(band, 0)) for band, label in BANDS.items()]


def _by_stage(stuck: Mapping[str, Any] | None, asked: Asked) -> dict[tuple[str, str], Mapping[str, Any]]:
    groups = [group for group in (stuck or {}).get("groups", []) if group["direction"] == asked.direction]
    return {(group["counterpart"], group["stage"]): group for group in groups if group.get("counterpart") and group.get("stage")}


def _cells(row: Mapping[str, Any], stuck: Mapping[tuple[str, str], Mapping[str, Any]], asked: Asked) -> list[dict[str, Any]]:
    """One cell a stage: median days with the open ones, n, and the share of limits kept with its tone from 0 (kept) to 4 (missed)."""
    cells = []
    for stage in STAGES:
        duration = (row.get("durations") or {}).get(stage) or {}
        km = (duration.get(asked.days) or {}).get("km") or {}
        met, due = _kept((stuck.get((row["counterpart"], stage.removeprefix("to_"))) or {}).get("limits") or [])
        share = met / due if due else None
        n = duration.get("n") or 0
        tone = "few" if n < FEW else "h0" if share is None else f"h{min(4, int((1 - share) * 5))}"
        cells.append({"median": km.get("median"), "n": n, "share": share, "tone": tone, "reason": km.get("reason")})
    return cells


def _kept(limits: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """How many limits were kept, of how many that fell due."""
    return sum(limit["met"] for limit in limits), sum(limit["denominator"] for limit in limits)


def _lateness(row: Mapping[str, Any]) -> tuple[int, str]:
    return (-(row["now"].get("overdue_requests") or 0), row["counterpart"])


def _year_before(day: str) -> str:
    found = date.fromisoformat(day)
    return (found.replace(year=found.year - 1, day=28) if (found.month, found.day) == (2, 29) else found.replace(year=found.year - 1)).isoformat()
