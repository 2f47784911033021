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
from tests.deploy.running import ONLY, Copy, Seen, alive, descendants
from tests.waiting import until

POSTGRES_KAFKA_AND_SINK = 3


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the tests of this module use one after the other, so that most start on data that are there."""
    return tmp_path_factory.mktemp("copies") / "run"


@pytest.fixture
def copy(run_dir: Path) -> Iterator[Copy]:
    """A copy that the test itself starts and ends."""
    copy = Copy(run_dir)
    yield copy
    if copy.process is not None and not copy.has_ended():
        copy.end()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """One running copy for the tests that leave it running."""
    copy = Copy(tmp_path_factory.mktemp("running") / "run")
    copy.up()
    yield copy
    copy.end()


def superuser_dsn(copy: Copy) -> str:
    password = (copy.run_dir / "secrets" / "databases" / "postgres").read_text()
    return f"postgresql://postgres:{password}@{LOOPBACK}:{copy.port_base + processes.POSTGRES}/postgres"


def family(copy: Copy) -> set[Seen]:
    """Every process of a running copy save the supervisor."""
    assert copy.process is not None
    started = descendants(copy.process.pid)
    assert len(started) >= POSTGRES_KAFKA_AND_SINK
    return started


def test_ctrl_c_leaves_no_process_and_the_next_start_finds_the_data(copy: Copy) -> None:
    copy.up()
    with psycopg.connect(superuser_dsn(copy)) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 7 AS number")
    started = family(copy)

    said = copy.end(signal.SIGINT)

    assert "All stopped" in said
    assert alive(started) == set()
    assert not (copy.run_dir / "run.env").exists()
    copy.up()
    with psycopg.connect(superuser_dsn(copy)) as conn:
        assert conn.execute("SELECT number FROM kept").fetchone() == (7,)


def test_ctrl_c_while_it_starts_leaves_no_process(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "run")
    copy.launch()
    until(lambda: (copy.run_dir / "pg").exists(), 30, "PostgreSQL is being started")
    assert copy.process is not None
    started = descendants(copy.process.pid)

    copy.end(signal.SIGINT)

    assert started
    assert alive(started) == set()


def test_kill_9_of_the_supervisor_leaves_no_process_and_the_next_start_works_at_once(copy: Copy) -> None:
    copy.up()
    started = family(copy)

    copy.end(signal.SIGKILL)
    copy.up()

    assert alive(started) == set()


def test_a_port_in_use_is_named_in_one_sentence(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "run")
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
    assert not running.has_ended()


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

    until(lambda: running.pid_of(name) != first, 20, f"{name} was started again")
    until(lambda: running.call("status").returncode == 0, 60, f"{name} is ready")
    assert not running.has_ended()


def test_start_returns_when_ready_and_status_and_stop_know_the_copy(copy: Copy) -> None:
    assert copy.call("status").returncode == 3

    started = copy.call("start", *ONLY)
    status = copy.call("status")
    is_up = is_alive(copy.run_env()["MAIL_URL"])
    stopped = copy.call("stop")

    assert started.returncode == 0, started.stdout + started.stderr
    assert "make stop" in started.stdout
    assert is_up
    assert (status.returncode, status.stdout.count(" ready")) == (0, POSTGRES_KAFKA_AND_SINK)
    assert (stopped.returncode, copy.call("status").returncode) == (0, 3)
