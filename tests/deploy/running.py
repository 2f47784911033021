"""A copy of the system that a test starts, hurts and looks at: PostgreSQL, Kafka and the mail sink, through the real command line."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.child import through_spawn
from deploy.local.places import CHECKOUT, free_block
from deploy.local.settings import LAST_OFFSET
from deploy.local.state import RUNNING, phase_of, read_env, read_state
from tests.waiting import until

UP_SECONDS = 240
ONLY = ("--only", "mail-sink")


@dataclass
class Copy:
    """One run folder with ports of its own."""

    run_dir: Path
    port_base: int = field(default_factory=lambda: free_block(LAST_OFFSET))
    process: subprocess.Popen[str] | None = None

    def command(self, *words: str) -> list[str]:
        """The command line of the bring-up."""
        return [sys.executable, "-m", "deploy.local.stack", *words]

    def env(self) -> dict[str, str]:
        """Which folder and which ports."""
        return {**os.environ, "RUN_DIR": str(self.run_dir), "PORT_BASE": str(self.port_base)}

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself, with what it said."""
        return subprocess.run(self.command(*words), env=self.env(), cwd=CHECKOUT, capture_output=True, text=True, timeout=UP_SECONDS * 2, check=False)

    def launch(self) -> None:
        """Start in the foreground, as `make run` does, without waiting."""
        self.process = subprocess.Popen(
            through_spawn(self.command("run", *ONLY), signal.SIGTERM), env=self.env(), cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def up(self) -> None:
        """Start and wait until everything runs."""
        self.launch()
        until(lambda: self.phase() == RUNNING or self.has_ended(), UP_SECONDS, "the copy runs")
        assert not self.has_ended(), self.said()

    def phase(self) -> str | None:
        """What the supervisor notes about itself."""
        assert self.process is not None
        return phase_of(self.run_dir, self.process.pid)

    def has_ended(self) -> bool:
        """Whether the supervisor has ended."""
        return self.process is not None and self.process.poll() is not None

    def said(self) -> str:
        """Everything the supervisor said; it must have ended."""
        assert self.process is not None
        return self.process.communicate(timeout=UP_SECONDS)[0]

    def end(self, number: signal.Signals = signal.SIGINT) -> str:
        """Send the supervisor a signal and wait for its end. Returns what it said."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.said()

    def pid_of(self, name: str) -> int:
        """Process id of a supervised process."""
        pid: int = read_state(self.run_dir)["processes"][name]["pid"]
        return pid

    def run_env(self) -> dict[str, str]:
        """How the copy describes itself."""
        return read_env(self.run_dir / "run.env")


@dataclass(frozen=True)
class Seen:
    """A process, told from a later one with the same number by its start."""

    pid: int
    started: str


def seen(pid: int) -> tuple[Seen, int] | None:
    """A live process and its parent; nothing for a dead one or one whose end nobody has noticed yet."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if words[0] == "Z" else (Seen(pid, words[19]), int(words[1]))


def descendants(pid: int) -> set[Seen]:
    """All processes that *pid* started, directly or not."""
    found = [each for each in map(seen, (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())) if each]
    family = {pid}
    while grown := {each.pid for each, parent in found if parent in family} - family:
        family |= grown
    return {each for each, _parent in found if each.pid in family and each.pid != pid}


def alive(processes: set[Seen]) -> set[Seen]:
    """Those that still live."""
    return {process for process in processes if (now := seen(process.pid)) and now[0] == process}
