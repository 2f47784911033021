"""Where we are late, whom to call, whether it gets better: the figures of the metrics service, drawn; a head lands here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from babel.dates import get_month_names
from flask import Blueprint, current_app, g, render_template, request

from services.console import dates
from services.console.apis import ProblemAnswer, ServiceAway
from services.console.charts.bars import ageing_bars, month_columns
from services.console.charts.curve import horizon, share_after, waiting_curve
from services.console.delays import behind, reading
from services.console.delays.asked import DIRECTIONS, STAGES, Asked
from services.console.delays.asking import Answers, agreed, answers, central_authorities, rows_of

pages = Blueprint("delays", __name__)

ROWS_AT_FIRST = 15
TO_CALL = 3
WARNED_ABOUT, WARNED_ABOUT_IN_ALL = 5, 50
STALE = timedelta(minutes=5)


@pages.get("/delays")
def show() -> str | tuple[str, int]:
    """The page a head of an authority lands on."""
    asked = asked_here()
    if faults := asked.faults():
        return render_template("delays.html", **frame(asked), faults=faults), 400
    metrics, key = current_app.extensions["metrics_api"], g.session.key
    try:
        said = agreed(asked, g.now, lambda question: answers(metrics, key, question))
    except ProblemAnswer as refused:
        if refused.status == 401:
            raise
        return render_template("delays.html", **frame(asked), problem=refused.problem), refused.status
    shown = _figures(said)
    return render_template("delays.html", **frame(asked), **shown, **_people(said, [row.counterpart for row in shown["call"]]))


def asked_here() -> Asked:
    """The question in the present address."""
    return Asked.of(request.args, dates.local(g.now).date(), dates.zone())


def frame(asked: Asked) -> dict[str, Any]:
    """What every form of the page needs: the question, its choices, and links that keep it."""
    return {
        "asked": asked,
        "stages": STAGES,
        "directions": DIRECTIONS,
        "country": behind.country,
    }


def _figures(said: Answers) -> dict[str, Any]:
    """The figures of the one direction and what is filtered by, a year before, and four weeks before."""
    asked = said.asked
    group, before = reading.group_of(said.now, asked.direction), reading.group_of(said.before, asked.direction)
    rows = reading.rows_of_stage(said.stuck, asked.stage) or None
    limits = partial(reading.kept, rows=rows)
    known_on = dates.local(said.now["as_known_at"]).date()
    return {
        "answer": said.now,
        "away": said.away,
        "stale": g.now - dates.local(said.now["as_known_at"]) > STALE and not request.args.get("as_known_at"),
        "group": group,
        "before": before,
        "weeks": reading.group_of(said.weeks, asked.direction, "stage"),
        "behind": partial(behind.address, asked),
        "period_before": _period(asked.year_before()),
        "days_counted": reading.days_counted(asked, known_on),
        "offered": sorted({group["counterpart"] for group in (said.counterparts or {}).get("groups", ()) if group.get("counterpart")}),
        "days_over": partial(reading.days_since, known_on=known_on),
        "limits": limits((group or {}).get("limits") or ()),
        "limits_before": limits((before or {}).get("limits") or ()),
        "of_stage": rows is not None,
        "km": reading.km_of(group, asked),
        "km_before": reading.km_of(before, asked),
        "few": reading.FEW,
        **_drawn(asked, group, before),
        **_table(said),
    }


def _period(asked: Asked) -> dict[str, str | None]:
    return {"from": asked.start, "to": asked.end, "compared_with": None}


def _drawn(asked: Asked, group: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> dict[str, Any]:
    cohorts = [(part.label(), reading.km_of(found, asked).get("points") or []) for part, found in ((asked, group), (asked.year_before(), before))]
    until, months = horizon(cohorts, asked.wait.judged_on), (group or {}).get("months") or []
    named = list(get_month_names("abbreviated", locale=dates.LOCALE).values())
    return {
        "trend": reading.trend(cohorts[0][1], cohorts[1][1], asked.wait.judged_on),
        "wide": waiting_curve(cohorts, 830, 300, until=until, marked=asked.wait.judged_on),
        "narrow": waiting_curve(cohorts, 360, 260, until=until, marked=asked.wait.judged_on),
        "table": [
            (part, [(day, share_after(points, day)) for day in asked.wait.days], reading.km_of(found, asked))
            for part, found, (_, points) in ((asked, group, cohorts[0]), (asked.year_before(), before, cohorts[1]))
            if points
        ],
        "ageing": ageing_bars(reading.bands(group), 240) if group else [],
        "months": month_columns(months, named, 480, 220) if months else None,
        "month_rows": [(month, named[int(month["month"][5:7]) - 1], *reading.month_period(month["month"], asked)) for month in months],
    }


def _table(said: Answers) -> dict[str, Any]:
    rows = reading.rows_by_lateness(said.counterparts, said.stuck, said.asked)
    shown = rows if said.asked.whole else rows[:ROWS_AT_FIRST]
    return {"rows": shown, "more_rows": len(rows) - len(shown), "call": [row for row in rows if row.overdue][:TO_CALL]}


def _people(said: Answers, states: Sequence[str]) -> dict[str, Any]:
    """Whom to call, from the directory; what is likely to be late, with the rows that the reader may see."""
    requests, key, asked = current_app.extensions["requests_api"], g.session.key, said.asked
    warnings = [] if said.early is None else reading.warnings(said.early, asked)
    listed = warnings[: WARNED_ABOUT_IN_ALL if asked.whole else WARNED_ABOUT]
    try:
        known = {row["id"]: row for row in rows_of(requests, key, [warning["request"] for warning in listed])}
    except (ServiceAway, ProblemAnswer):
        known = {}
    return {
        "offices": central_authorities(requests, key, states),
        "early": said.early,
        "warned": [(warning, known.get(warning["request"])) for warning in listed],
        "warned_in_all": len(warnings),
    }
