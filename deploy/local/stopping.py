"""One wish to stop, shared by all steps: set by Ctrl-C, SIGTERM or a closed terminal."""

import signal
import threading
from types import FrameType

from deploy.local.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopWish:
    """Whether somebody has asked this process to stop."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def listen(self) -> None:
        """From now on the signals that end a program only set the wish."""
        for number in SIGNALS:
            signal.signal(number, self._heard)

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self._event.set()

    def __call__(self) -> bool:
        """Whether to stop."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait at most *seconds*; True as soon as somebody asks to stop."""
        return self._event.wait(seconds)

    def check(self) -> None:
        """Raise when somebody has asked to stop."""
        if self._event.is_set():
            raise Interrupted
