"""The supervisor's end of the line to its guard."""

import contextlib
import subprocess
import sys
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")


class Guard:
    """Tells a guard which process groups live, so that none outlives this process, even by kill -9."""

    def __init__(self) -> None:
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def begin(self, group: int, seconds: float) -> None:
        """From now on *group* is killed *seconds* after the death of this process."""
        self._tell(f"+{group} {seconds}")

    def end(self, group: int) -> None:
        """The group has ended."""
        self._tell(f"-{group}")

    def _tell(self, line: str) -> None:
        assert self._guard.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # somebody killed the guard; the signals that the kernel sends remain
            self._guard.stdin.write(f"{line}\n".encode())
            self._guard.stdin.flush()

    def close(self) -> None:
        """Nothing is left to guard."""
        assert self._guard.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._guard.stdin.close()
        self._guard.wait()
