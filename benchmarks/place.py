"""Where it is measured: two fresh databases, the topics, the servers under the same gunicorn."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

import psycopg

from benchmarks.queries import make_floor_table
from deploy.local.databases import make_database
from deploy.local.places import CHECKOUT, free_ports
from deploy.local.processes import GUNICORN

NEEDED = ("PG_ADMIN_DSN", "REQUESTS_APP_DSN", "REQUESTS_OWNER_DSN", "KAFKA_BOOTSTRAP", "SECRETS_DIR")
START_SECONDS = 60
COMMAND_SECONDS = 120


class ServersMissing(Exception):
    """There is nothing to measure against."""


@dataclass(frozen=True, slots=True)
class Place:
    """Environment of the processes of one database."""

    database: str
    env: Mapping[str, str]

    @property
    def app_dsn(self) -> str:
        """The database as the service's role sees it."""
        return self.env["DATABASE_URL"]

    def run(self, *words: str) -> str:
        """What a command of the checkout printed."""
        done = subprocess.run(
            [sys.executable, "-m", *words], env=dict(self.env), cwd=CHECKOUT, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
        if done.returncode:
            raise ServersMissing(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-600:]}")
        return done.stdout

    @contextmanager
    def process(self, *words: str) -> Iterator[None]:
        """A process of the checkout that runs inside the block."""
        with tempfile.TemporaryFile() as said:
            child = subprocess.Popen([sys.executable, "-m", *words], env=dict(self.env), cwd=CHECKOUT, stdout=said, stderr=said)
            try:
                yield
            except (ServersMissing, TimeoutError) as fault:
                said.seek(0)
                raise ServersMissing(f"{fault}; {' '.join(words[:2])} said: {said.read().decode(errors='replace').strip()[-600:]}") from fault
            finally:
                child.terminate()
                child.wait(30)

    @contextmanager
    def server(self, application: str) -> Iterator[int]:
        """A WSGI application under the gunicorn of the product; its port."""
        port = next(free_ports())
        with self.process("gunicorn", "--bind", f"127.0.0.1:{port}", *GUNICORN, application):
            wait_for(port)
            yield port


def make(database: str) -> Place:
    """A fresh, migrated database of the requests service, with a table for the floors."""
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        raise ServersMissing(f"no servers: {', '.join(missing)} not set; run `make bench`, or `python -m deploy.local.stack exec -- python -m benchmarks`")
    with psycopg.connect(os.environ["PG_ADMIN_DSN"], autocommit=True) as conn:
        make_database(conn, "requests", database)
    owner, app = (in_database(os.environ[name], database) for name in ("REQUESTS_OWNER_DSN", "REQUESTS_APP_DSN"))
    env = {**os.environ, "DATABASE_OWNER_URL": owner, "DATABASE_URL": app, "LOG_LEVEL": "warning"}
    place = Place(database, env)
    place.run("services.requests", "migrate")
    with psycopg.connect(owner, autocommit=True) as conn:
        make_floor_table(conn)
    return place


def in_database(dsn: str, database: str) -> str:
    """*dsn* with another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


def wait_for(port: int) -> None:
    """Return when the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except OSError as fault:
            if time.monotonic() > deadline:
                raise ServersMissing(f"nothing answers on port {port}") from fault
            time.sleep(0.1)


def post(port: int, path: str, body: Mapping[str, object], headers: Mapping[str, str]) -> dict[str, object]:
    """The answer to one call, outside the measurement."""
    request = Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json", **headers}, method="POST")
    with urlopen(request, timeout=30) as answer:
        told: dict[str, object] = json.loads(answer.read())
        return told
