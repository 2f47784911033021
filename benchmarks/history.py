"""A large register of metrics: a few thousand histories of different courses, folded by the code of the service, each laid many times under other ids.

The facts themselves are not laid: figures read courses. The largest of the thirty authorities has the share of a large State; reports of real volumes are in
data/real_volumes.csv.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.place import ServersMissing, in_database
from benchmarks.queries import Laid, involve, lay_courses
from benchmarks.scrapes import lay as lay_series
from deploy.local.databases import make_database
from deploy.local.places import CHECKOUT
from services.metrics.courses.queries import keep_courses, keep_words
from services.metrics.domain.facts import Fact, Stream
from services.metrics.domain.weave import woven
from services.metrics.domain.words import Words
from services.metrics.projector import FOLLOWED
from services.metrics.queries import AuthoritySaid, insert_authorities_said
from shared.storage.pool import connect
from shared.storage.positions import take_watermark

STATES = (
    *("DE", "FR", "IT", "ES", "PL", "RO", "NL", "BE", "CZ", "AT", "SE", "PT", "HU", "GR", "BG"),
    *("DK", "FI", "SK", "IE", "HR", "LT", "SI", "LV", "EE", "CY", "LU", "MT", "GB", "CH", "NO"),
)
SHARES = [20, 12, 10, 9, 8, 6, 5, 4, 4, 3, 3, 2, 2, 2, *[1] * 10, *[0.5] * 6]
"""Percent of all requests that each authority takes part in as the one asked; the first is the one that is measured."""
ZONES = {"PT": "Europe/Lisbon", "GB": "Europe/London", "GR": "Europe/Athens", "RO": "Europe/Bucharest"}
MEASURED = "de-central"
"""The largest authority."""
W = datetime(2026, 11, 1, tzinfo=UTC)
FIRST = datetime(2022, 1, 3, 9, tzinfo=UTC)
HISTORIES = 3_000
ARRIVING = 3
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
