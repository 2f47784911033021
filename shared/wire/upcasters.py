"""How facts of older versions become facts of today: one pure function a step, from one version to the next.

A released (type, version) is frozen. A new meaning is a new version, one step here, and a new example.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Members = dict[str, Any]
Step = Callable[[Members], Members]

# (type, version) → what makes version + 1 of it.
STEPS: Mapping[tuple[str, int], Step] = {}


class NoWay(ValueError):
    """No step leads on from this version."""


def upcast(type: str, version: int, to: int, data: Members, steps: Mapping[tuple[str, int], Step] = STEPS) -> Members:
    """Return the members of a fact of *version* as version *to* has them; *data* is left as it is.

    Raises:
        NoWay: a step is missing.
    """
    for number in range(version, to):
        step = steps.get((type, number))
        if step is None:
            raise NoWay(f"{type} {number} → {number + 1}")
        data = step(dict(data))
    return data
