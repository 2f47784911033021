"""What the supervisor does with a process that keeps ending."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.child import Child, through_spawn
from deploy.local.errors import BringUpError
from deploy.local.places import CHECKOUT
from deploy.local.supervisor import ENDS_ALLOWED, Watched
from tests.deploy.running import alive, descendants
from tests.waiting import until

GUARD_LEADER_AND_CHILD = 3


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[Watched]:
    """A process that ends as soon as it is started."""
    child = Child("ending", [sys.executable, "-c", "print('no such table'); raise SystemExit(9)"], tmp_path / "ending.log")
    child.start()
    yield Watched(child)
    child.kill()


def end_once_more(watched: Watched, now: float) -> float:
    """Wait until the process has ended and let the supervisor see it. Returns the pause it chose."""
    until(lambda: not watched.child.is_running(), 10, "the process has ended")
    watched.look(now)
    assert watched.start_again_at is not None
    return watched.start_again_at - now


def test_the_pauses_between_starts_double(ending: Watched) -> None:
    pauses, now = [], 0.0
    for _ in range(ENDS_ALLOWED - 1):
        pauses.append(end_once_more(ending, now))
        now += pauses[-1]
        ending.look(now)

    assert pauses == [0.5, 1, 2, 4]


def test_the_fifth_end_within_a_minute_stops_everything_and_names_the_log(ending: Watched) -> None:
    for now in range(ENDS_ALLOWED - 1):
        end_once_more(ending, now * 10)
        ending.look(now * 10 + 9)
    until(lambda: not ending.child.is_running(), 10, "the process has ended")

    with pytest.raises(BringUpError, match=r"(?s)ended 5 times within a minute.*ending\.log.*no such table"):
        ending.look(50)


def test_five_ends_over_an_hour_stop_nothing(ending: Watched) -> None:
    for number in range(ENDS_ALLOWED + 2):
        assert end_once_more(ending, number * 600) == 0.5
        ending.look(number * 600 + 1)


def test_a_group_that_ignores_every_polite_signal_ends_with_a_killed_supervisor(tmp_path: Path) -> None:
    stubborn = "import signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); subprocess.Popen(['sleep', '600']); time.sleep(600)"
    supervisor = "\n".join(
        [
            "import sys, time",
            "from pathlib import Path",
            "from deploy.local.child import Child",
            "from deploy.local.guarding import Guard",
            f"Child('stubborn', [sys.executable, '-c', {stubborn!r}], Path({str(tmp_path / 'log')!r}), grace_seconds=0.2, guard=Guard()).start()",
            "time.sleep(600)",
        ]
    )
    process = subprocess.Popen(through_spawn([sys.executable, "-c", supervisor], signal.SIGTERM), cwd=CHECKOUT)
    started = until(lambda: descendants(process.pid) if len(descendants(process.pid)) >= GUARD_LEADER_AND_CHILD else None, 60, "all three run")

    process.kill()
    process.wait()

    assert started is not None
    until(lambda: not alive(started), 30, "guard, leader and child are gone")
