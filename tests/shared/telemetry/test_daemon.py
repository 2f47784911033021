"""The frame of every long-running process."""

import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, Counter

from shared.telemetry.daemon import HUNG_EXIT_CODE, Health, health_server
from tests.waiting import until


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as fault:
        with fault:
            return fault.code, fault.read().decode()


def test_health_depends_on_nothing_and_readiness_on_every_part() -> None:
    health, registry = Health(), CollectorRegistry()
    Counter("things_total", "Things", registry=registry).inc(3)
    with health_server(0, "metrics", health, registry=registry) as port:
        health.report("kafka", True)
        assert get(port, "/readyz")[0] == 200
        health.report("database", False, "away")
        assert get(port, "/healthz")[0] == 200
        status, body = get(port, "/readyz")
        assert (status, '"database": {"ready": false, "detail": "away"}' in body) == (503, True)
        health.report("database", True)
        health.ask("lag", lambda: (False, 12))
        assert get(port, "/readyz")[0] == 503
        assert "things_total 3.0" in get(port, "/metrics")[1]
        assert get(port, "/other")[0] == 404


PROGRAM = """
import sys, threading
from shared.telemetry.daemon import run_daemon
from shared.telemetry.logging import configure_logging
configure_logging("test")
def work(stop, health):
    {work}
sys.exit(run_daemon("test", work, health_port=None, hung_seconds=1))
"""
ENDINGS = [
    pytest.param("print('up', flush=True)\n    while not stop.wait(0.1): health.tick()", signal.SIGTERM, 0, id="asked to stop"),
    pytest.param("print('up', flush=True)\n    while not stop.wait(0.1): health.tick()", signal.SIGINT, 0, id="interrupted"),
    pytest.param("print('up', flush=True)\n    raise KeyError('x')", None, 1, id="failed"),
    pytest.param("print('up', flush=True)\n    threading.Event().wait(60)", None, HUNG_EXIT_CODE, id="hung"),
]


@pytest.mark.parametrize(("work", "number", "code"), ENDINGS)
def test_a_daemon_ends_as_it_should(work: str, number: signal.Signals | None, code: int) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM.format(work=work)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        if number is not None:
            os.kill(process.pid, number)
        until(lambda: process.poll() is not None, 10)
        assert process.returncode == code


def test_ticks_show_that_the_main_loop_goes_round() -> None:
    health = Health()
    until(lambda: health.seconds_since_tick > 0.01)
    threading.Thread(target=health.tick).start()

    until(lambda: health.seconds_since_tick < 0.01)
