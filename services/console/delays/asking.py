"""The calls of the page of delays: made side by side, all as known at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.console.apis import Answer, Api, ProblemAnswer, ServiceAway, side_by_side
from services.console.delays.asked import Asked, floor

FIGURES, MEMBERS, EARLY_WARNINGS = "/v1/figures", "/v1/figures/members", "/v1/early-warnings"
IDS_HIGHEST = 50
"""How many ids the list of requests takes at once."""

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the services said to one question; a part that could not be read is None."""

    asked: Asked
    now: Said
    before: Said | None
    weeks: Said | None
    counterparts: Said | None
    stuck: Said | None
    early: Said | None

    @property
    def away(self) -> bool:
        """Some figures could not be read just now."""
        return None in (self.before, self.weeks, self.counterparts, self.stuck)


def agreed(asked: Asked, now: datetime, ask: Callable[[Asked], Any]) -> Any:
    """What *ask* makes of the question as known at one moment: the one asked for, else this minute, else the latest that the service knows."""
    if asked.as_known_at:
        return ask(asked)
    try:
        return ask(asked.known(floor(now)))
    except ProblemAnswer as refused:
        latest = (refused.problem.get("parameters") or {}).get("latest")
        if refused.code != "beyond_watermark" or not latest:
            raise
        return ask(asked.known(latest))


def answers(api: Api, key: str, asked: Asked) -> Answers:
    """The parts of the page, asked for at the same time.

    Raises:
        ServiceAway: the figures themselves could not be read.
        ProblemAnswer: they were refused.
    """

    def figures(question: Asked, **more: Any) -> Callable[[], Answer]:
        return lambda: api.get(key, FIGURES, question.figures(**more))

    found = side_by_side(
        [
            figures(asked, curve=asked.stage, months="true", overdue="true"),
            figures(asked.year_before(), curve=asked.stage),
            figures(asked.weeks_before(), group_by="stage"),
            figures(asked, group_by="counterpart", overdue="true"),
            figures(asked, group_by="counterpart,stage"),
            lambda: _early(api, key, asked),
        ]
    )
    if isinstance(found[0], ServiceAway):
        raise found[0]
    before, weeks, counterparts, stuck, early = (None if isinstance(part, ServiceAway) else part.body for part in found[1:])
    return Answers(asked, found[0].body, before, weeks, counterparts, stuck, early)


def _early(api: Api, key: str, asked: Asked) -> Answer:
    """What is likely to be late; where the service refuses to say, only this part of the page is missing."""
    try:
        return api.get(key, EARLY_WARNINGS, {"as_known_at": asked.as_known_at})
    except ProblemAnswer as refused:
        if refused.status == 401:
            raise
        raise ServiceAway("metrics") from refused


def rows_of(api: Api, key: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of these requests as the requests service shows them to the caller; what the caller may not see is not among them.

    Raises:
        ServiceAway, ProblemAnswer.
    """
    parts = [ids[start : start + IDS_HIGHEST] for start in range(0, len(ids), IDS_HIGHEST)]
    found = side_by_side([_asking_rows(api, key, part) for part in parts]) if parts else []
    for part in found:
        if isinstance(part, ServiceAway):
            raise part
    return [row for part in found if isinstance(part, Answer) for row in part.body["requests"]]


def _asking_rows(api: Api, key: str, ids: Sequence[str]) -> Callable[[], Answer]:
    return lambda: api.get(key, "/v1/requests", {"id": ",".join(ids), "limit": IDS_HIGHEST})


def central_authorities(api: Api, key: str, states: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The central authority of each of these States, with its phone and hours; empty when the directory cannot be read."""
    try:
        listed = api.get(key, "/v1/authorities", {"state": ",".join(states), "limit": 200}).body["authorities"] if states else []
    except (ServiceAway, ProblemAnswer):
        return {}
    return {entry["state"]: entry for entry in reversed(listed) if entry.get("role") == "central"}
