"""One child process: started with its output in a log file, watched while it becomes ready, ended together with all it started."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from deploy.local.errors import BringUpError, Interrupted
from deploy.local.guarding import Guard
from deploy.local.places import CHECKOUT

SPAWN = Path(__file__).with_name("spawn.py")
TAIL_LINES = 8
POLL_SECONDS = 0.05
LARGE_LOG_BYTES = 20_000_000


def never() -> bool:
    """Nobody asks to stop."""
    return False


def through_spawn(command: Sequence[str], ends_by: signal.Signals, *, not_root: bool = False) -> list[str]:
    """*command*, wrapped so that it is sent *ends_by* when this process dies, even by kill -9."""
    flag = ["--not-root"] if not_root else []
    return [sys.executable, "-I", "-S", str(SPAWN), str(os.getpid()), str(int(ends_by)), *flag, *command]


def pass_on(lines: TextIO, echo: Callable[[str], None] | None) -> None:
    """Hand over the whole lines that were written since the last time."""
    while echo:
        before = lines.tell()
        line = lines.readline()
        if not line.endswith("\n"):
            lines.seek(before)
            return
        echo(line.rstrip())


@dataclass
class Child:
    """A process and its log. It must be started from the main thread: the kernel ties its end to the thread that forked it."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    inherits: bool = True
    """Whether the process also sees this process's own environment."""
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals | None = None
    """What the process is sent when the supervisor itself is killed, when not the stop signal."""
    grace_seconds: float = 15
    not_root: bool = False
    lock: Path | None = None
    """A file that stays locked as long as the process or anything it started lives; a start waits for it."""
    when_locked: Callable[[], None] | None = None
    """What to tidy once nobody else holds the lock, before the process starts."""
    stopping: Callable[[], bool] = never
    guard: Guard | None = None
    """Who ends the whole group when this process can't any more."""
    process: subprocess.Popen[bytes] | None = None
    _log_begins_at: int = 0

    def start(self) -> None:
        """Start the process; what it prints is appended to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGE_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        held = [self._lock()] if self.lock else []
        try:
            if self.when_locked:
                self.when_locked()
            with open(self.log, "ab") as output:
                # A session of its own: Ctrl-C reaches only the supervisor, and one signal reaches the whole group.
                self._log_begins_at = output.tell()
                self.process = subprocess.Popen(
                    through_spawn(self.command, self.death_signal or self.stop_signal, not_root=self.not_root),
                    env={**(os.environ if self.inherits else {}), **self.env},
                    cwd=CHECKOUT,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=held,
                )
        finally:
            for descriptor in held:
                os.close(descriptor)
        if self.guard:
            self.guard.begin(self.pid, 0 if self.death_signal is signal.SIGKILL else self.grace_seconds)

    def _lock(self, seconds: float = 30) -> int:
        assert self.lock is not None
        descriptor = os.open(self.lock, os.O_CREAT | os.O_RDWR, 0o600)
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline or self.stopping():
                    os.close(descriptor)
                    raise BringUpError(f"Another {self.name} is still at work in {self.lock.parent}; end it first.") from None
                time.sleep(POLL_SECONDS)
            else:
                return descriptor

    @property
    def pid(self) -> int:
        """Process id of the leader."""
        assert self.process is not None
        return self.process.pid

    def exit_code(self) -> int | None:
        """How the process ended, or None while it runs."""
        return None if self.process is None else self.process.poll()

    def is_running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def tail(self) -> str:
        """The last lines of the log."""
        lines = self.log.read_bytes().splitlines()[-TAIL_LINES:] if self.log.exists() else []
        return b"\n".join(lines).decode(errors="replace")

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return when *ready*; raise when the process ends, the time is over or somebody asks to stop."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.stopping():
                raise Interrupted
            if not self.is_running():
                raise BringUpError(f"{self.name} ended with {self.exit_code()} while starting. Its log {self.log} ends:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise BringUpError(f"{self.name} was not ready after {seconds:.0f} s; see {self.log}.")
            time.sleep(POLL_SECONDS)

    def finish(self, seconds: float, echo: Callable[[str], None] | None = None) -> None:
        """Wait for a process that has an end of its own; raise when it fails. *echo* is handed each new line of its log."""
        deadline = time.monotonic() + seconds
        with open(self.log, errors="replace") as lines:
            lines.seek(self._log_begins_at)
            while self.is_running():
                if self.stopping() or time.monotonic() > deadline:
                    self.stop()
                    raise Interrupted if self.stopping() else BringUpError(f"{self.name} was not done after {seconds:.0f} s; see {self.log}.")
                time.sleep(POLL_SECONDS / 5)
                pass_on(lines, echo)
            pass_on(lines, echo)
        self.kill()
        if self.exit_code() != 0:
            raise BringUpError(f"{self.name} failed with {self.exit_code()}. Its log {self.log} ends:\n{self.tail()}")

    def signal_group(self, number: signal.Signals) -> None:
        """Send *number* to everything the process started and that stayed in its group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def ask_to_stop(self) -> None:
        """Send the stop signal to the leader, which ends its own children in good order."""
        if self.is_running():
            assert self.process is not None
            self.process.send_signal(self.stop_signal)

    def stop(self) -> bool:
        """End the process in good order. Returns False when it had to be killed."""
        if self.process is None:
            return True
        self.ask_to_stop()
        try:
            self.process.wait(self.grace_seconds)
            in_order = True
        except subprocess.TimeoutExpired:
            in_order = False
        self.kill()
        return in_order

    def kill(self) -> None:
        """End the process and its group at once, as kill -9 would."""
        if self.process is None:
            return
        self.signal_group(signal.SIGKILL)
        self.process.wait()
        if self.guard:
            self.guard.end(self.pid)
