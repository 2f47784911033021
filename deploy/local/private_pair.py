"""A PostgreSQL and a Kafka for one command: `exec -- COMMAND`. Everything is on free ports and in a folder of its own, and gone afterwards."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.local.child import through_spawn
from deploy.local.databases import ROLES, SERVICES, dsn, make_all
from deploy.local.home import Home, scratch_folder
from deploy.local.kafka import KafkaBroker
from deploy.local.places import free_ports
from deploy.local.postgres import PostgresServer
from deploy.local.stopping import SIGNALS, StopWish

POLL_SECONDS = 0.1
END_SECONDS = 30


def say(text: str) -> None:
    """Tell the person what happens, beside the output of the command."""
    print(f"stack: {text}", file=sys.stderr, flush=True)


def environment(home: Home, postgres: PostgresServer, kafka: KafkaBroker) -> dict[str, str]:
    """What the command is told: a superuser, the three roles of each service, the broker, the secrets."""
    env = {"PG_ADMIN_DSN": postgres.dsn(), "KAFKA_BOOTSTRAP": kafka.bootstrap, "SECRETS_DIR": str(home.secrets)}
    for service in SERVICES:
        for role in ROLES:
            env[f"{service.upper()}_{role.upper()}_DSN"] = dsn(home.passwords, postgres.port, service, role)
    return env


@contextmanager
def servers(home: Home, stopping: Callable[[], bool]) -> Iterator[dict[str, str]]:
    """The pair is up, with databases and roles, inside the block."""
    ports = free_ports()
    begun = time.monotonic()
    say(f"starting PostgreSQL and Kafka in {home.folder}")
    kafka = KafkaBroker(home.folder, next(ports), next(ports), stopping=stopping)
    postgres = PostgresServer(home.folder, next(ports), home.superuser_password, stopping=stopping)
    try:
        kafka.launch()
        postgres.start()
        make_all(postgres.dsn(), home.passwords)
        kafka.wait()
        say(f"both ready in {time.monotonic() - begun:.1f} s")
        yield environment(home, postgres, kafka)
    finally:
        kafka.child.ask_to_stop()
        postgres.stop()
        kafka.stop()


def run_command(command: Sequence[str], env: dict[str, str], wish: StopWish) -> int:
    """Exit code of *command*. It stays in the foreground group, so Ctrl-C reaches it directly."""
    process = subprocess.Popen(through_spawn(command, SIGNALS[1]), env={**os.environ, **env})
    while process.poll() is None and not wish.wait(POLL_SECONDS):
        pass
    if process.poll() is None:
        try:
            process.wait(END_SECONDS / 6)  # it may be ending by the same Ctrl-C
        except subprocess.TimeoutExpired:
            process.terminate()
    try:
        return process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def execute(command: Sequence[str]) -> int:
    """Run *command* beside a private pair. The folder is kept when it fails."""
    wish = StopWish()
    wish.listen()
    home = Home(scratch_folder())
    home.take()
    code = 1
    try:
        with servers(home, wish) as env:
            code = run_command(command, env, wish)
    finally:
        home.release()
        if code == 0:
            shutil.rmtree(home.folder, ignore_errors=True)
        else:
            say(f"logs kept in {relative(home.logs)}")
    return code if code >= 0 else 128 - code


def relative(path: Path) -> Path:
    """*path* as seen from the current folder, when it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
