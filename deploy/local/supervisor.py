"""Keeps processes running: what ends is started again, a little later each time; what keeps ending stops everything."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from deploy.local.child import Child
from deploy.local.errors import BringUpError
from deploy.local.progress import say
from deploy.local.stopping import StopWish

LOOK_EVERY_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 0.5
ENDS_ALLOWED = 5
WITHIN_SECONDS = 60


@dataclass
class Watched:
    """A child, when it ended lately, and when it is to be started again."""

    child: Child
    ends: list[float] = field(default_factory=list)
    restarts: int = 0
    start_again_at: float | None = None

    def look(self, now: float) -> bool:
        """Start again what has ended, when its pause is over. Returns whether something changed."""
        if self.start_again_at is not None:
            if now < self.start_again_at:
                return False
            self.start_again_at = None
            self.restarts += 1
            self.child.start()
            return True
        if self.child.is_running():
            return False
        self._ended(now)
        return True

    def _ended(self, now: float) -> None:
        self.child.kill()  # what it left behind would keep its port
        self.ends = [end for end in self.ends if end > now - WITHIN_SECONDS] + [now]
        if len(self.ends) >= ENDS_ALLOWED:
            raise BringUpError(f"{self.child.name} ended {ENDS_ALLOWED} times within a minute. Its log {self.child.log} ends:\n{self.child.tail()}")
        pause = FIRST_PAUSE_SECONDS * 2 ** (len(self.ends) - 1)
        self.start_again_at = now + pause
        say(f"{self.child.name} ended with {self.child.exit_code()}; it is started again in {pause:g} s (log: {self.child.log})")


def keep_running(watched: Sequence[Watched], wish: StopWish, changed: Callable[[], None]) -> None:
    """Return when somebody asks to stop; raise when a process can't be kept up."""
    while not wish.wait(LOOK_EVERY_SECONDS):
        now = time.monotonic()
        if sum(each.look(now) for each in watched):  # every one is looked at
            changed()


def stop_all(children: Sequence[Child]) -> None:
    """End *children* side by side, each within its grace."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        if not child.stop():
            say(f"{child.name} did not stop within {child.grace_seconds:g} s and was killed")
