"""What a walk has come to, member by member, so that two can be compared."""

from dataclasses import fields, replace
from typing import Any

from services.requests.domain.clocks.engine import Walk
from services.requests.domain.clocks.walking import Walked

NOT_COMPARED = frozenset({"law", "asked", "happenings", "begun", "rows"})
"""The law, which is the same; what follows from other members; what is on the way only."""


def told(found: Walked) -> dict[str, Any]:
    """Everything that a later walk could go on from."""
    walk = found.walk
    members = {each.name: getattr(walk, each.name) for each in fields(Walk) if each.name not in NOT_COMPARED}
    members |= {"request": replace(walk.request, history=[]), "postponed": walk.asked.postponed_for}
    return {**members, "last": found.last, "length": found.length, "known": found.known, "reached": found.reached, "said": found.said}
