"""What the supervisor does with a process that keeps ending."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.child import Child
from deploy.local.errors import BringUpError
from deploy.local.supervisor import ENDS_ALLOWED, Watched
from tests.waiting import until


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
