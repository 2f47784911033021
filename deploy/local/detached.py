"""A running copy without a terminal: start it, see how it is, stop it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.local.board import row, shown
from deploy.local.errors import BringUpError
from deploy.local.health import ask
from deploy.local.home import Home
from deploy.local.places import CHECKOUT, LOOPBACK
from deploy.local.progress import say
from deploy.local.settings import Settings
from deploy.local.state import RUNNING, phase_of, read_state

START_SECONDS = 1500
STOP_SECONDS = 90
POLL_SECONDS = 0.2
NOT_RUNNING = 3
"""Exit code of `status` when nothing runs, as service managers use it."""


def start(settings: Settings, words: Sequence[str]) -> int:
    """Start the copy and return when it is ready, telling its progress meanwhile."""
    home = Home(settings.run_dir)
    if (holder := home.holder()) is not None:
        raise BringUpError(f"Rogatory is already running from {home.folder} (process {holder}); stop it with `make stop`.")
    home.make()
    log = home.folder / "stack.log"
    with open(log, "wb") as output:
        command = [sys.executable, "-m", "deploy.local.stack", "run", "--detached", *words]
        process = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        return follow(process, home, log)
    except KeyboardInterrupt:
        process.terminate()
        process.wait(STOP_SECONDS)
        raise


def follow(process: subprocess.Popen[bytes], home: Home, log: Path) -> int:
    """Show what the supervisor says until it is ready (0) or has ended (its exit code)."""
    deadline = time.monotonic() + START_SECONDS
    with open(log) as lines:
        while time.monotonic() < deadline:
            ended, ready = process.poll(), phase_of(home.folder, process.pid) == RUNNING
            sys.stdout.write(lines.read())
            sys.stdout.flush()
            if ended is not None:
                return ended or 1
            if ready:
                time.sleep(POLL_SECONDS)
                sys.stdout.write(lines.read())
                return 0
            time.sleep(POLL_SECONDS)
    process.terminate()
    raise BringUpError(f"Not ready after {START_SECONDS} s; see {log}.")


def stop(settings: Settings) -> int:
    """Ask the copy to end and wait until it has."""
    home = Home(settings.run_dir)
    holder = home.holder()
    if not holder:
        say(f"Nothing is running from {shown(home.folder)}.")
        return 0
    os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while home.holder() is not None:
        if time.monotonic() > deadline:
            raise BringUpError(f"Process {holder} did not end within {STOP_SECONDS} s; see {home.folder / 'stack.log'}.")
        time.sleep(POLL_SECONDS)
    say(f"Stopped; the data stay in {shown(home.folder)}.")
    return 0


def status(settings: Settings) -> int:
    """Say what runs and how it is. 0 when everything is well, 1 when something is not, 3 when nothing runs."""
    home = Home(settings.run_dir)
    holder, state = home.holder(), read_state(home.folder)
    if holder is None:
        say(f"Nothing is running from {shown(home.folder)}.")
        return NOT_RUNNING
    say(f"Rogatory is {state.get('phase', 'starting')} from {shown(home.folder)} (process {holder}).")
    well = state.get("phase") == RUNNING
    for name, each in state.get("processes", {}).items():
        note = condition(name, each["port"])
        well = well and note == "ready"
        say(row(name, each["port"], note + (f", started again {each['restarts']} times" if each["restarts"] else "")))
    return 0 if well else 1


def condition(name: str, port: int) -> str:
    """How a process is: ready, or what it says instead."""
    if name in ("postgres", "kafka"):
        from deploy.local.kafka import serves
        from deploy.local.places import answers

        return "ready" if (serves if name == "kafka" else answers)(port) else "no answer"
    code, answer = ask(f"http://{LOOPBACK}:{port}", "/readyz")
    return "ready" if code == 200 else f"not ready ({answer.strip()})"
