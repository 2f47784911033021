"""What every worker of an interface imports is imported once, before the workers are forked; what gunicorn says is a line like all others."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.places import CHECKOUT
from deploy.local.processes import GUNICORN, PROCESSES
from deploy.workers import APPLICATIONS


def test_every_interface_has_its_application_named() -> None:
    interfaces = {process.words[-1] for process in PROCESSES if process.web}

    assert interfaces == set(APPLICATIONS)


@pytest.mark.parametrize("module", sorted(APPLICATIONS.values()))
def test_what_is_imported_before_the_fork_starts_no_thread(module: str) -> None:
    asked = "import sys, threading; __import__(sys.argv[1]); print(threading.active_count())"
    told = subprocess.run([sys.executable, "-c", asked, module], capture_output=True, text=True, timeout=60, check=True)

    assert told.stdout.strip() == "1"


def test_gunicorn_speaks_in_the_lines_of_the_service(tmp_path: Path) -> None:
    (tmp_path / "quiet.py").write_text("import os, signal\n\ndef app(environ, start): return []\n\nos.kill(os.getppid(), signal.SIGTERM)\n", encoding="utf-8")
    words = ("gunicorn", "--bind", "127.0.0.1:0", "--pythonpath", str(tmp_path), *GUNICORN, "quiet:app")
    told = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, timeout=60, check=False, cwd=CHECKOUT)

    lines = [json.loads(line) for line in told.stderr.splitlines()]
    assert any(line["event"].startswith("Starting gunicorn") for line in lines)
    assert any(line["event"].startswith("Shutting down") for line in lines)
    assert {(line["service"], line["logger"]) for line in lines} == {("quiet", "gunicorn.error")}
    assert told.stdout == ""
