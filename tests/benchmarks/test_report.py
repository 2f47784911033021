"""Ratios are taken within a round, and nothing is said without servers."""

import pytest

from benchmarks import __main__ as command
from benchmarks.client import Measured
from benchmarks.place import NEEDED
from benchmarks.report import GOALS, Board


def test_a_round_on_a_busy_machine_does_not_spoil_the_ratio() -> None:
    board = Board()
    for floor, what in ((1000, 600), (100, 55), (1000, 500)):
        board.note("bare Flask + INSERT", floor, 2.0)
        board.note("commands over HTTP", what, 4.0)

    (line,) = [line for line in board.lines() if line.startswith("commands over HTTP")]

    assert board.ratio(GOALS[0]) == 0.55
    assert line.split()[-3:] == ["0.55", "0.50", "met"]


def test_the_99th_percentile_is_that_of_all_calls() -> None:
    measured = Measured(calls=100, seconds=2.0, latencies=[number / 1000 for number in range(1, 101)])

    assert (measured.per_second, measured.percentile_ms(0.99)) == (50.0, 100.0)


def test_without_servers_there_is_nothing_to_measure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in NEEDED:
        monkeypatch.delenv(name, raising=False)

    assert command.main([]) == 2
    assert "make bench" in capsys.readouterr().err
