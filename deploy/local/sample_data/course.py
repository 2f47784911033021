"""One request of the sample as the moves that were made in it, each with its moment. Pure; nothing is sent from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Self

REQUESTING, REQUESTED = "requesting", "requested"
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """A move by one side. In its members `{"$request": NUMBER}` stands for the id of another request, `{"$fact": MOVE}` for that of an earlier fact."""

    side: str
    move: str
    members: Mapping[str, Any]
    at: datetime


@dataclass(slots=True)
class Course:
    """What happened to one request, in order of time.

    Attributes:
        opening: members of the first move, without the parties.
        afterwards: steps that need the id of a request or of a fact, made when all requests are there.
    """

    number: int
    direction: str
    authority: str
    counterpart: str
    opening: dict[str, Any]
    began: datetime
    end: datetime
    rng: Random
    steps: list[Step] = field(default_factory=list)
    afterwards: list[Step] = field(default_factory=list)
    now: datetime = FAR

    @property
    def over(self) -> bool:
        """Whether the time of the sample has run out: what would come now has not happened yet."""
        return self.now >= self.end

    @property
    def kind(self) -> str:
        """The kind of the request."""
        return str(self.opening["kind"])

    def wait(self, days: float, spread: float = 0.5) -> Self:
        """About *days* pass; it is some minute of a working day then."""
        factor = self.rng.lognormvariate(0, spread) if spread else 1.0
        then = self.now + timedelta(days=max(days * factor, 0.05))
        while then.weekday() > 4:
            then += timedelta(days=1)
        hour = then.replace(hour=7 + self.rng.randrange(8), minute=self.rng.randrange(60), second=0, microsecond=0)
        self.now = hour if hour > self.now else self.now + timedelta(minutes=17)
        return self

    def move(self, side: str, name: str, /, **members: Any) -> Self:
        """The move is made now, unless now is still to come."""
        if not self.over:
            self.steps.append(Step(side, name, members, self.now))
            self.now += timedelta(minutes=1)
        return self

    def later(self, side: str, name: str, /, **members: Any) -> Self:
        """The move is made now; it names a request or a fact, so it is loaded after all others."""
        if not self.over:
            self.afterwards.append(Step(side, name, members, self.now))
            self.now += timedelta(minutes=1)
        return self

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.rng.random() < share

    def one_of(self, *choices: Any) -> Any:
        """One of *choices*."""
        return self.rng.choice(choices)
