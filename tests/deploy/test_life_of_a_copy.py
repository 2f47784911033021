"""How a running copy starts, is refused, survives and ends."""

import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local import processes
from deploy.local.health import is_alive
from deploy.local.places import LOOPBACK
from tests.deploy.running import ONLY, UP_SECONDS, Copy, Seen, alive, descendants
from tests.waiting import until

POSTGRES_KAFKA_AND_SINK = 3


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """A copy that the test itself starts and ends."""
    copy = Copy(tmp_path / "run")
    yield copy
    if copy.process is not None and not copy.has_ended():
        copy.end()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """One copy, started without a terminal, for the tests that leave it running."""
    copy = Copy(tmp_path_factory.mktemp("running") / "run")
    assert copy.call("status").returncode == 3
    started = copy.call("start", *ONLY)
    assert started.returncode == 0, started.stdout + started.stderr
    assert "make stop" in started.stdout
    yield copy
    assert copy.call("stop").returncode == 0
    assert copy.call("status").returncode == 3


def superuser_dsn(copy: Copy) -> str:
    password = (copy.run_dir / "secrets" / "databases" / "postgres").read_text()
    return f"postgresql://postgres:{password}@{LOOPBACK}:{copy.port_base + processes.POSTGRES}/postgres"


def family(copy: Copy) -> set[Seen]:
    """Every process of a running copy save the supervisor."""
    assert copy.process is not None
    started = descendants(copy.process.pid)
    assert len(started) >= POSTGRES_KAFKA_AND_SINK
    return started


def test_ctrl_c_and_kill_9_leave_no_process_and_each_next_start_finds_the_data(copy: Copy) -> None:
    copy.up()
    with psycopg.connect(superuser_dsn(copy)) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 7 AS number")
    first = family(copy)

    said = copy.end(signal.SIGINT)

    assert "All stopped" in said
    assert alive(first) == set()
    assert not (copy.run_dir / "run.env").exists()

    copy.up()
    second = family(copy)
    copy.end(signal.SIGKILL)
    copy.up()

    assert alive(second) == set()
    with psycopg.connect(superuser_dsn(copy)) as conn:
        assert conn.execute("SELECT number FROM kept").fetchone() == (7,)


def test_ctrl_c_while_it_starts_leaves_no_process(copy: Copy) -> None:
    copy.launch()
    until(lambda: (copy.run_dir / "logs" / "kafka-format.log").exists(), UP_SECONDS, "Kafka is being prepared")
    assert copy.process is not None
    started = descendants(copy.process.pid)

    copy.end(signal.SIGINT)

    assert started
    assert alive(started) == set()


def test_a_port_in_use_is_named_in_one_sentence(copy: Copy) -> None:
    with socket.create_server((LOOPBACK, copy.port_base + processes.MAIL_PAGE)):
        done = copy.call("run", *ONLY)

    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        f"rogatory: In use by another program: port {copy.port_base + processes.MAIL_PAGE} (mail-sink); "
        f"end it, or choose other ports, for example `PORT_BASE={copy.port_base + 100} make run`."
    ]


@pytest.mark.parametrize("again", ["run", "start"])
def test_a_second_start_from_the_same_folder_is_refused(running: Copy, again: str) -> None:
    done = running.call(again, *ONLY)

    assert done.returncode == 1
    assert "already running" in done.stderr
    assert is_alive(running.run_env()["MAIL_URL"])


def test_run_env_and_secrets_are_readable_by_their_owner_only(running: Copy) -> None:
    private = [running.run_dir / "run.env", *(path for path in (running.run_dir / "secrets").rglob("*") if path.is_file())]

    assert {path.name: stat.filemode(path.stat().st_mode) for path in private} == {path.name: "-rw-------" for path in private}
    assert {"api_key_secret", "text_wrapping_key", "cursor_secret", "session_secret"} <= {path.name for path in private}


def test_run_env_names_what_runs_and_its_databases_can_only_be_read(running: Copy) -> None:
    env = running.run_env()

    assert env["MAIL_URL"] == f"http://{LOOPBACK}:{running.port_base + processes.MAIL_PAGE}"
    for name in ("REQUESTS_DSN", "NOTIFICATIONS_DSN", "METRICS_DSN"):
        with psycopg.connect(env[name]) as conn, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            conn.execute("CREATE TABLE never (number integer)")


@pytest.mark.parametrize("name", ["mail-sink", "postgres", "kafka"])
def test_a_killed_process_is_started_again(running: Copy, name: str) -> None:
    first = running.pid_of(name)

    os.kill(first, signal.SIGKILL)

    until(lambda: running.pid_of(name) != first, 60, f"{name} was started again")
    until(lambda: running.call("status").returncode == 0, UP_SECONDS, f"{name} is ready")


def test_status_knows_every_process(running: Copy) -> None:
    status = running.call("status")

    assert (status.returncode, status.stdout.count(" ready")) == (0, POSTGRES_KAFKA_AND_SINK)
