"""Medians of interleaved rounds, and their ratios to the floors."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Goal:
    """What is measured against which floor, and the ratio that is wanted."""

    name: str
    floor: str
    ratio: float


GOALS = (
    Goal("commands over HTTP", "bare Flask + INSERT", 0.50),
    Goal("reads over HTTP", "bare Flask + SELECT", 0.60),
    Goal("moves with clocks", "moves without clocks", 0.80),
    Goal("live projection", "bare consumer", 0.60),
    Goal("append, 1 writer", "raw INSERT, 1 writer", 0.60),
    Goal("append, 16 writers", "raw INSERT, 16 writers", 0.60),
    Goal("combined append, 16 writers", "raw INSERT, 16 writers", 1.30),
)


@dataclass(slots=True)
class Board:
    """Everything that was measured."""

    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def note(self, name: str, rate: float, p99_ms: float | None = None) -> None:
        """One round of one measurement."""
        self.rates[name].append(rate)
        if p99_ms is not None:
            self.latencies[name].append(p99_ms)

    def ratio(self, goal: Goal) -> float:
        """The median of the ratios of the rounds: what and floor of one round met the same machine."""
        return median(what / floor for what, floor in zip(self.rates[goal.name], self.rates[goal.floor], strict=True))

    def lines(self) -> Iterator[str]:
        """The table."""
        yield f"{'':<32}{'per second':>12}{'p99 ms':>9}   {'floor':<26}{'per second':>12}{'p99 ms':>9}{'ratio':>8}{'goal':>7}"
        for goal in GOALS:
            if not self.rates[goal.name]:
                continue
            ratio = self.ratio(goal)
            verdict = "met" if ratio >= goal.ratio else "not met"
            yield f"{goal.name:<32}{self._cells(goal.name)}   {goal.floor:<26}{self._cells(goal.floor)}{ratio:>8.2f}{goal.ratio:>7.2f}  {verdict}"

    def _cells(self, name: str) -> str:
        latency = f"{median(self.latencies[name]):.1f}" if self.latencies[name] else ""
        return f"{median(self.rates[name]):>12,.0f}{latency:>9}"
