"""Rate limits, cursors, conditional waits."""

from __future__ import annotations

import base64

import pytest

from shared.web.conditional import wait_until
from shared.web.errors import Problem
from shared.web.limits import RateLimit
from shared.web.paging import Cursors


def test_a_burst_passes_then_the_rate_counts_and_each_key_for_itself() -> None:
    now, refusals = [0.0], list[tuple[int, bool]]()
    limit = RateLimit(per_second=2, burst=3, now=lambda: now[0])

    def passes(key: str) -> bool:
        try:
            limit.check(key)
        except Problem as problem:
            refusals.append((problem.status, int(problem.headers["Retry-After"]) >= 1))
            return False
        return True

    assert [passes("a") for _ in range(6)] == [True, True, True, True, False, False]
    assert passes("b")
    now[0] = 0.5
    assert [passes("a"), passes("a")] == [True, False]
    assert set(refusals) == {(429, True)}


def test_a_cursor_says_again_what_was_written() -> None:
    cursors = Cursors("secret")

    assert cursors.read(cursors.write(["2026-06-01", 7, None], "list a"), "list a") == ["2026-06-01", 7, None]


@pytest.mark.parametrize("change", ["another list", "another secret", "a changed letter", "no base64", "nothing"])
def test_a_cursor_of_elsewhere_is_refused(change: str) -> None:
    cursor = Cursors("secret").write([1], "list a")
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=="[: -len(cursor) % 4]))
    raw[-1] ^= 1
    told = {"a changed letter": base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="), "no base64": "%%%", "nothing": ""}.get(change, cursor)

    with pytest.raises(Problem) as refused:
        Cursors("other" if change == "another secret" else "secret").read(told, "list b" if change == "another list" else "list a")

    assert refused.value.code == "malformed"


def test_waiting_ends_with_what_arrived_or_with_503() -> None:
    steps = iter(range(10))

    assert wait_until(lambda: next(steps), lambda found: found >= 3, poll_seconds=0.001) == 3
    with pytest.raises(Problem) as late:
        wait_until(lambda: 0, lambda found: found > 0, wait_seconds=0.01, poll_seconds=0.001)
    assert late.value.status == 503
