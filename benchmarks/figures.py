"""Figures over a million requests with ten million facts: the parts of the page of delays, and figures as known at past dates."""

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from benchmarks import delays
from benchmarks.history import FIRST, MEASURED, SHARES, STATES, ZONES, Arriving, W, filled, known_up_to
from benchmarks.queries import plan_of_courses, plan_of_unsettled
from benchmarks.scrapes import scrapes
from services.metrics.asking import ask
from services.metrics.domain.answers import Register, figures, forecast_of
from services.metrics.domain.cohorts import cohorts_of
from services.metrics.domain.early_warning import early_warnings
from services.metrics.domain.question import Question
from shared.storage.pool import Pool, connect, open_pool
from shared.web.answers import json_bytes

SMALL, FULL = 200_000, 1_000_000
ROUNDS, PAST, LISTED = 40, 10, 200
PAGE = "the page of delays, its parts in turn"
FIRST_OF_DAY = "the first of a day"
SITUATIONS = ("an earlier moment", "nothing came", "facts came")
P95_GOAL, PAST_GOAL = 0.300, 10.0


def timed(work: Callable[[], object]) -> float:
    """Seconds that *work* took."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def answered(pool: Pool, asked: dict[str, Any]) -> bytes:
    """The answer to one question."""
    question = Question.read(asked)
    return json_bytes(ask(pool, question, lambda register: figures(register, question)))


def warned(pool: Pool, moment: datetime) -> list[bytes]:
    """The early warnings, as many as one answer lists."""
    question = Question.read({"authority": MEASURED, "as_known_at": moment.isoformat()})

    def told(register: Register) -> list[bytes]:
        found = early_warnings(cohorts_of(register, question.authority, moment))
        return [json_bytes(found.told(place)) for place in range(min(len(found.requests), LISTED))]

    return ask(pool, question, told)


def foreseen(pool: Pool, request: str, moment: datetime) -> bytes:
    """The forecast of one request."""
    question = Question.read({"authority": MEASURED, "as_known_at": moment.isoformat()})
    return json_bytes(ask(pool, question, lambda register: forecast_of(register, question, request)))


def percentile(values: Sequence[float], at: float) -> float:
    """The nearest value at a share of the ordered ones."""
    return sorted(values)[min(int(at * len(values)), len(values) - 1)]


def measure(owner: str, app: str) -> dict[str, list[float]]:
    """Seconds: the first question of a process, each part of the page at a new moment in four situations, and any past date.

    The first page of a day is told by itself: what waits is a day older, so nothing is taken over from the day before.
    """
    pool = open_pool(app, name="bench-figures", max_size=2)
    newest, arriving = W - timedelta(seconds=1), Arriving(owner, random.Random(5))
    found: dict[str, list[float]] = {"first question of a process": [timed(lambda: answered(pool, delays.questions(newest)[0]))]}
    moments = {"an earlier moment": [newest - timedelta(minutes=number + 1) for number in range(ROUNDS)]}
    moments["nothing came"] = [newest + timedelta(seconds=7 * (number + 1)) for number in range(ROUNDS)]
    moments["facts came"] = [newest + timedelta(seconds=7 * (ROUNDS + number + 1)) for number in range(ROUNDS)]
    with connect(owner, "bench-figures") as conn:
        known_up_to(conn, moments["nothing came"][-1] + timedelta(seconds=1))
    open_one, days = json.loads(warned(pool, newest)[0])["request"], set[str]()
    for situation, moment in [(name, moment) for name, own in moments.items() for moment in own]:
        if situation == "facts came":
            arriving.some(moment + timedelta(seconds=1))
        parts = {name: timed(partial(answered, pool, asked)) for name, asked in zip(delays.PARTS, delays.questions(moment), strict=True)}
        parts["early warnings"] = timed(partial(warned, pool, moment))
        parts |= {PAGE: sum(parts.values()), "forecast of one request": timed(partial(foreseen, pool, open_one, moment))}
        day = delays.questions(moment)[0]["to"]
        for name, seconds in parts.items():
            found.setdefault(f"{situation if day in days else FIRST_OF_DAY}: {name}", []).append(seconds)
        days.add(day)
    for number in range(PAST):
        past = FIRST + timedelta(days=200 + 150 * number)
        asked = {**delays.questions(past)[0], "compared_with": (past - timedelta(days=90)).isoformat()}
        found.setdefault("as known at a past date", []).append(timed(partial(answered, pool, asked)))
    pool.close()
    return found


def judged(seconds: float, goal: float) -> str:
    """Whether a goal is met."""
    return f"goal {goal:g} s: {'met' if seconds <= goal else 'not met'}"


def main(arguments: Sequence[str] = ()) -> int:
    """Print how long questions take, and how PostgreSQL finds the rows."""
    command = argparse.ArgumentParser(prog="python -m benchmarks.figures", description=__doc__)
    command.add_argument("--full", action="store_true", help=f"{FULL} requests instead of {SMALL}")
    command.add_argument("--plans", action="store_true", help="the query plans, too")
    given = command.parse_args(arguments)
    requests = FULL if given.full else SMALL
    owner, app, facts = filled(requests, random.Random(11))
    print(f"{requests} requests, {facts} facts, {len(STATES)} authorities; measured is the largest, asked for {SHARES[0]} % of all")
    found = scrapes(owner, app, [(f"{one.lower()}-central", one, ZONES.get(one, "Europe/Berlin")) for one in STATES]) | measure(owner, app)
    for name, seconds in found.items():
        print(f"{name:45} p50 {percentile(seconds, 0.5) * 1000:8.0f} ms   p95 {percentile(seconds, 0.95) * 1000:8.0f} ms   of {len(seconds)}")
    for situation in SITUATIONS:
        of_view = found[f"{situation}: {PAGE}"]
        view = percentile(of_view, 0.95)
        print(f"{PAGE}, {situation}: p50 {percentile(of_view, 0.5) * 1000:.0f} ms, p95 {view * 1000:.0f} ms; {judged(view, P95_GOAL)}")
    served = delays.over_http(owner, app, W + timedelta(hours=1))
    page = percentile(served, 0.95)
    print(f"{delays.PAGE}: p50 {percentile(served, 0.5) * 1000:.0f} ms, p95 {page * 1000:.0f} ms of {len(served)}; {judged(page, P95_GOAL)}")
    past = max(found["as known at a past date"])
    print(f"as known at past dates: at most {past:.2f} s; {judged(past, PAST_GOAL)}")
    print(f"memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if given.plans:
        with connect(owner, "bench-figures") as conn:
            print("\n".join([*plan_of_courses(conn, MEASURED), "", *plan_of_unsettled(conn, MEASURED)]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
