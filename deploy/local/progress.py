"""Telling the person what happens: one line a step, and a sign of life while a step takes long."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

FIRST_SIGN_SECONDS = 2
NEXT_SIGNS_SECONDS = 5


class Voice:
    """Says lines, and knows when it last did."""

    said_at = 0.0

    def __call__(self, text: str) -> None:
        """One line, at once."""
        self.said_at = time.monotonic()
        print(text, flush=True)


say = Voice()


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say that *title* is done, with its seconds; while it takes long, say so every few seconds."""
    begun = time.monotonic()
    done = threading.Event()

    def signs_of_life() -> None:
        pause = FIRST_SIGN_SECONDS
        while not done.wait(pause):
            if time.monotonic() - say.said_at >= pause:  # what the step itself says is sign enough
                say(f"  {title} … {time.monotonic() - begun:.0f} s")
            pause = NEXT_SIGNS_SECONDS

    watcher = threading.Thread(target=signs_of_life, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    say(f"  {title}: done in {time.monotonic() - begun:.1f} s")
