"""Figures over a million requests with ten million facts: the questions of the page of delays, and figures as known at past dates.

A few thousand histories of different courses are folded by the code of the service; each is laid many times under other ids. The facts themselves
are not laid: figures read courses. The largest of the thirty authorities has the share of a large State; reports of real volumes are in data/real_volumes.csv.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.place import ServersMissing, in_database
from benchmarks.queries import Laid, involve, lay_courses, plan_of_courses, plan_of_unsettled
from benchmarks.scrapes import lay as lay_series
from benchmarks.scrapes import scrapes
from deploy.local.databases import make_database
from deploy.local.places import CHECKOUT
from services.metrics.asking import ask
from services.metrics.courses.queries import keep_courses, keep_words
from services.metrics.domain.answers import Register, figures, forecast_of
from services.metrics.domain.cohorts import cohorts_of
from services.metrics.domain.early_warning import early_warnings
from services.metrics.domain.facts import Fact, Stream
from services.metrics.domain.question import Question
from services.metrics.domain.weave import woven
from services.metrics.domain.words import Words
from services.metrics.projector import FOLLOWED
from services.metrics.queries import AuthoritySaid, insert_authorities_said
from shared.storage.pool import Pool, connect, open_pool
from shared.storage.positions import take_watermark

STATES = (
    *("DE", "FR", "IT", "ES", "PL", "RO", "NL", "BE", "CZ", "AT", "SE", "PT", "HU", "GR", "BG"),
    *("DK", "FI", "SK", "IE", "HR", "LT", "SI", "LV", "EE", "CY", "LU", "MT", "GB", "CH", "NO"),
)
SHARES = [20, 12, 10, 9, 8, 6, 5, 4, 4, 3, 3, 2, 2, 2, *[1] * 10, *[0.5] * 6]
"""Percent of all requests that each authority takes part in as the one asked; the first is the one that is measured."""
ZONES = {"PT": "Europe/Lisbon", "GB": "Europe/London", "GR": "Europe/Athens", "RO": "Europe/Bucharest"}
W = datetime(2026, 11, 1, tzinfo=UTC)
FIRST = datetime(2022, 1, 3, 9, tzinfo=UTC)
HISTORIES, SMALL, FULL = 3_000, 200_000, 1_000_000
ROUNDS, PAST, ARRIVING, LISTED = 40, 10, 3, 200
QUESTIONS = ("own figures", "a year before", "28 days before", "by counterpart", "by counterpart and stage")
PAGE = "the page of delays, its parts in turn"
FIRST_OF_DAY = "the first of a day"
SITUATIONS = ("an earlier moment", "nothing came", "facts came")
P95_GOAL, PAST_GOAL = 0.300, 10.0
NEEDED = ("PG_ADMIN_DSN", "METRICS_APP_DSN", "METRICS_OWNER_DSN")


def history(number: int, chance: random.Random) -> Stream:
    """One request of some course: about ten facts, some of them late or corrected."""
    asked, asking = chance.choices(range(len(STATES)), SHARES)[0], chance.randrange(len(STATES))
    asking = (asked + 1) % len(STATES) if asking == asked else asking
    sides = {name: {"authority": f"{STATES[at].lower()}-central", "state": STATES[at]} for name, at in (("requesting", asking), ("requested", asked))}
    kind, instrument = chance.choice((("eio", "EU-EIO"), ("eio", "EU-EIO"), ("mla", "COE-030"), ("eaw", "EU-EAW"), ("service_of_documents", "COE-030")))
    at, zone = FIRST + timedelta(days=chance.randrange(1_750), hours=chance.randrange(8)), ZONES.get(STATES[asked], "Europe/Berlin")
    told: list[tuple[int, str, dict[str, Any]]] = [
        (0, "RequestRegistered", {"kind": kind, "instrument": instrument, **sides, "measures": ["m1", "m2"], "persons": [f"P{number}"], "how": "portal"}),
        (0, "ClockStarted", {"clock": "c1", "row": "EIO-ACK", "zone": zone, "stage": "acknowledgement", **_due(at, 7)}),
        *_course(at, zone, chance),
    ]
    facts = []
    for version, (days, name, members) in enumerate(told, start=1):
        happened = at + timedelta(days=days, minutes=version)
        if happened < W:
            recorded = happened + timedelta(days=chance.choice((0, 0, 0, 0, 0, 1, 12)))
            facts.append(Fact(f"{number}.{version}", name, happened, min(recorded, W - timedelta(seconds=1)), version, members))
    return Stream(f"R{number}", tuple(facts))


def _course(at: datetime, zone: str, chance: random.Random) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """What became of a request: acknowledged, put on hold, decided, executed, ended, or still open."""
    slip, decide = chance.randrange(1, 15), chance.randrange(20, 80)
    execute, back = decide + chance.randrange(10, 200), chance.randrange(1, 30)
    yield slip, "RequestAcknowledged", {}
    yield slip, "ClockMet" if slip <= 7 else "ClockMetLate", {"clock": "c1"}
    yield slip, "ClockStarted", {"clock": "c2", "row": "EIO-RECOG", "zone": zone, "stage": "decision", **_due(at, 45)}
    if chance.random() < 0.3:
        yield slip + 3, "InformationRequested", {}
        yield slip + 3 + chance.randrange(1, 20), "InformationSupplied", {}
    ending = chance.random()
    if ending < 0.15:
        return
    if ending < 0.25:
        yield decide, "RequestRefused", {"grounds": ["dual_criminality"], "decided_by": "court"}
        return
    yield decide, "DecisionTaken", {"outcome": "granted"}
    yield decide, "ClockMet" if decide <= 45 else "ClockMetLate", {"clock": "c2"}
    yield decide, "ClockStarted", {"clock": "c3", "row": "EIO-EXEC", "zone": zone, "stage": "execution", **_due(at, decide + 90)}
    if ending < 0.9:
        yield execute, "RequestExecuted", {"outcome": "part" if ending < 0.35 else "full"}
        yield execute, "ClockMet" if execute <= decide + 90 else "ClockMetLate", {"clock": "c3"}
        yield execute + back, "ResultsReturned", {"final": True}


def _due(at: datetime, days: int) -> dict[str, str]:
    due = (at + timedelta(days=days)).date().isoformat()
    return {"adjusted_due": due, "strict_due": due}


def filled(requests: int, chance: random.Random) -> tuple[str, str, int]:
    """A fresh database of metrics with so many courses: as its owner, as the service sees it, and of how many facts."""
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        raise ServersMissing(f"no servers: {', '.join(missing)} not set; run `make bench`")
    name = f"bench_figures_{os.getpid()}"
    with psycopg.connect(os.environ["PG_ADMIN_DSN"], autocommit=True) as conn:
        make_database(conn, "metrics", name)
    owner, app = (in_database(os.environ[variable], name) for variable in ("METRICS_OWNER_DSN", "METRICS_APP_DSN"))
    env = {**os.environ, "DATABASE_OWNER_URL": owner}
    done = subprocess.run([sys.executable, "-m", "services.metrics", "migrate"], env=env, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServersMissing(f"migrate ended with {done.returncode}: {done.stderr[-500:]}")
    words, copies = Words(), max(requests // HISTORIES, 1)
    streams = [history(number, chance) for number in range(min(HISTORIES, requests))]
    begun = time.monotonic()
    laid = [Laid([stream.facts[0].get(side)["authority"] for side in ("requesting", "requested")], woven(stream, words)) for stream in streams]
    facts = sum(len(stream.facts) for stream in streams)
    print(f"{len(streams)} histories folded for every moment of knowledge in {time.monotonic() - begun:.1f} s, {facts / len(streams):.1f} facts each")
    with connect(owner, "bench-figures") as conn:
        keep_words(conn, list(words.used()))
        lay_courses(conn, laid, copies)
        lay_series(conn, streams, [one.rows for one in laid], words)
        said = [AuthoritySaid(f"{one.lower()}-central", 1, FIRST, one, ZONES.get(one, "Europe/Berlin"), True, one) for one in STATES]
        insert_authorities_said(conn, said)
        known_up_to(conn, W)
    return owner, app, facts * copies


def known_up_to(conn: psycopg.Connection[Any], moment: datetime) -> None:
    """Everything recorded before *moment* has arrived."""
    for followed in FOLLOWED:
        for topic in followed.topics:
            take_watermark(conn, followed.name, topic, 1, moment)


class Arriving:
    """Facts of the measured authority that are recorded while it is asked: of requests that are new, and of those a little older."""

    def __init__(self, owner: str, chance: random.Random) -> None:
        self.owner, self.chance, self.streams, self.words = owner, chance, list[Stream](), Words()

    def some(self, moment: datetime) -> None:
        """A few facts arrive, the last recorded just before *moment*; the watermark reaches it."""
        with connect(self.owner, "bench-figures") as conn:
            for _ in range(ARRIVING):
                stream = self._more(moment - timedelta(seconds=1))
                keep_courses(conn, [(stream.request, woven(stream, self.words))])
                involve(conn, stream.request, [stream.facts[0].get(side)["authority"] for side in ("requesting", "requested")])
            keep_words(conn, list(self.words.used()))
            known_up_to(conn, moment)

    def _more(self, at: datetime) -> Stream:
        place = self.chance.randrange(len(self.streams) + 2)
        if place >= len(self.streams):
            sides = {"requesting": {"authority": "fr-central", "state": "FR"}, "requested": {"authority": "de-central", "state": "DE"}}
            first = Fact("1", "RequestRegistered", at, at, 1, {"kind": "eio", "instrument": "EU-EIO", **sides, "how": "portal"})
            self.streams.append(Stream(str(UUID(int=self.chance.getrandbits(128))), (first,)))
            return self.streams[-1]
        old = self.streams[place]
        version = len(old.facts) + 1
        self.streams[place] = Stream(old.request, (*old.facts, Fact(str(version), "InformationRequested", at, at, version, {})))
        return self.streams[place]


def delays(moment: datetime) -> list[dict[str, Any]]:
    """The figures of the page of delays, as known at one moment."""
    now = {"authority": "de-central", "as_known_at": moment.isoformat()}
    year = {**now, "from": f"{moment.year}-01-01", "to": (moment + timedelta(days=1)).date().isoformat()}
    before = {**now, "from": f"{moment.year - 1}-01-01", "to": (moment - timedelta(days=364)).date().isoformat()}
    weeks = {**now, "from": f"{moment.year}-01-01", "to": (moment - timedelta(days=27)).date().isoformat()}
    return [
        {**year, "curve": "to_decide", "months": True, "overdue": True},
        {**before, "curve": "to_decide"},
        {**weeks, "group_by": "stage"},
        {**year, "group_by": "counterpart", "overdue": True},
        {**year, "group_by": "counterpart,stage"},
    ]


def timed(work: Callable[[], object]) -> float:
    """Seconds that *work* took."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def answered(pool: Pool, asked: dict[str, Any]) -> str:
    """The answer to one question, as text."""
    question = Question.read(asked)
    return json.dumps(ask(pool, question, lambda register: figures(register, question)))


def warned(pool: Pool, moment: datetime) -> list[str]:
    """The early warnings as text, as many as one answer lists."""
    question = Question.read({"authority": "de-central", "as_known_at": moment.isoformat()})

    def told(register: Register) -> list[str]:
        found = early_warnings(cohorts_of(register, question.authority, moment))
        return [json.dumps(found.told(place)) for place in range(min(len(found.requests), LISTED))]

    return ask(pool, question, told)


def foreseen(pool: Pool, request: str, moment: datetime) -> str:
    """The forecast of one request as text."""
    question = Question.read({"authority": "de-central", "as_known_at": moment.isoformat()})
    return json.dumps(ask(pool, question, lambda register: forecast_of(register, question, request)))


def percentile(values: Sequence[float], at: float) -> float:
    """The nearest value at a share of the ordered ones."""
    return sorted(values)[min(int(at * len(values)), len(values) - 1)]


def measure(owner: str, app: str) -> dict[str, list[float]]:
    """Seconds: the first question of a process, each part of the page at a new moment in four situations, and any past date.

    The first page of a day is told by itself: what waits is a day older, so nothing is taken over from the day before.
    """
    pool = open_pool(app, name="bench-figures", max_size=2)
    newest, arriving = W - timedelta(seconds=1), Arriving(owner, random.Random(5))
    found: dict[str, list[float]] = {"first question of a process": [timed(lambda: answered(pool, delays(newest)[0]))]}
    moments = {"an earlier moment": [newest - timedelta(minutes=number + 1) for number in range(ROUNDS)]}
    moments["nothing came"] = [newest + timedelta(seconds=7 * (number + 1)) for number in range(ROUNDS)]
    moments["facts came"] = [newest + timedelta(seconds=7 * (ROUNDS + number + 1)) for number in range(ROUNDS)]
    with connect(owner, "bench-figures") as conn:
        known_up_to(conn, moments["nothing came"][-1] + timedelta(seconds=1))
    open_one, days = json.loads(warned(pool, newest)[0])["request"], set[str]()
    for situation, moment in [(name, moment) for name, own in moments.items() for moment in own]:
        if situation == "facts came":
            arriving.some(moment + timedelta(seconds=1))
        parts = {name: timed(partial(answered, pool, asked)) for name, asked in zip(QUESTIONS, delays(moment), strict=True)}
        parts["early warnings"] = timed(partial(warned, pool, moment))
        parts |= {PAGE: sum(parts.values()), "forecast of one request": timed(partial(foreseen, pool, open_one, moment))}
        day = delays(moment)[0]["to"]
        for name, seconds in parts.items():
            found.setdefault(f"{situation if day in days else FIRST_OF_DAY}: {name}", []).append(seconds)
        days.add(day)
    for number in range(PAST):
        past = FIRST + timedelta(days=200 + 150 * number)
        asked = {**delays(past)[0], "compared_with": (past - timedelta(days=90)).isoformat()}
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
    past = max(found["as known at a past date"])
    print(f"as known at past dates: at most {past:.2f} s; {judged(past, PAST_GOAL)}")
    print(f"memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if given.plans:
        with connect(owner, "bench-figures") as conn:
            print("\n".join([*plan_of_courses(conn, "de-central"), "", *plan_of_unsettled(conn, "de-central")]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
