"""How long ten thousand levels that are due at once take to fire, over a million open clocks: facts, rows and messages written. The goal is 60 s."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from uuid import uuid4

import psycopg

from benchmarks.place import ServersMissing, in_database
from benchmarks.queries import make_open_clocks
from deploy.local.databases import make_database
from deploy.local.places import CHECKOUT
from services.notifications.projector import RequestFollower
from services.notifications.telling import Place
from services.notifications.timers import fire_all
from services.notifications.warning import Warnings
from shared.calendars.national import Calendars
from shared.facts.directory import AuthorityRegistered
from shared.storage.clock import set_test_clock
from shared.storage.directory import apply_directory, stream_of
from shared.storage.pool import connect
from shared.storage.positions import take_watermark
from shared.wire.codec import encode
from shared.wire.envelope import Envelope
from shared.wire.topics import DIRECTORY, REQUESTS

GOAL_SECONDS = 60
CLOCKS, DUE = 1_000_000, 10_000
MOMENT = datetime(2026, 6, 24, 22, tzinfo=UTC)
NEEDED = ("PG_ADMIN_DSN", "NOTIFICATIONS_APP_DSN", "NOTIFICATIONS_OWNER_DSN")


def main(clocks: int = CLOCKS, due: int = DUE) -> int:
    """Print how many fired and how long it took."""
    owner, app = _database()
    with connect(owner, "bench-ladder") as conn:
        make_open_clocks(conn, clocks=clocks, due=due, moment=MOMENT)
    with connect(app, "bench-ladder") as conn:
        apply_directory(conn, [_registered("e-central", "CZ", "Europe/Prague"), _registered("r-central", "DE", "Europe/Berlin")])
        set_test_clock(conn, MOMENT)
        take_watermark(conn, RequestFollower.name, REQUESTS, 1, MOMENT)
        begun = time.monotonic()
        fired = fire_all(conn, Warnings(Place("https://console.example"), Calendars()), sandbox=True)
        took = time.monotonic() - begun
    met = "met" if fired == due and took <= GOAL_SECONDS else "not met"
    print(f"{fired} levels due at once over {clocks} open clocks fired in {took:.1f} s; goal {GOAL_SECONDS} s: {met}")
    return 0


def _database() -> tuple[str, str]:
    """A fresh, migrated database of notifications: as its owner and as the service sees it."""
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        raise ServersMissing(f"no servers: {', '.join(missing)} not set; run `make bench`")
    name = f"bench_ladder_{os.getpid()}"
    with psycopg.connect(os.environ["PG_ADMIN_DSN"], autocommit=True) as conn:
        make_database(conn, "notifications", name)
    owner, app = (in_database(os.environ[variable], name) for variable in ("NOTIFICATIONS_OWNER_DSN", "NOTIFICATIONS_APP_DSN"))
    env = {**os.environ, "DATABASE_OWNER_URL": owner}
    done = subprocess.run([sys.executable, "-m", "services.notifications", "migrate"], env=env, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServersMissing(f"migrate ended with {done.returncode}: {done.stderr[-500:]}")
    return owner, app


def _registered(authority: str, state: str, zone: str) -> Envelope:
    """An authority whose desk, supervisor and head have mailboxes."""
    contacts = {role: {"mail": f"{role}@{authority}.example"} for role in ("desk", "supervisor", "head")}
    fact = AuthorityRegistered(
        occurred_at=MOMENT, by=authority, id=authority, name=f"Central authority {state}", state=state, time_zone=zone, languages=("en",), contacts=contacts
    )
    return Envelope(str(uuid4()), "AuthorityRegistered", 1, str(stream_of(authority)), authority, 1, DIRECTORY, MOMENT, encode(fact), None, None, None)


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:3])))
