"""The rows of requests grouped in plain Python, as the database groups them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np

from services.metrics.domain.elements import NEVER
from services.metrics.domain.series import sides
from services.metrics.domain.standing import Flow, Group, Runs, Standing, Waiting


def groups(rows: Sequence[Standing], known_at: int) -> list[Group]:
    """Requests that are open or late."""
    own: dict[tuple[str, str, str, str], list[Standing]] = defaultdict(list)
    for row in rows:
        if row.open_since != NEVER or row.due != NEVER:
            own[row.requesting, row.requested, row.kind, row.stage].append(row)
    return [
        Group(*key, sum(row.open_since != NEVER for row in some), min(row.open_since for row in some), sum(row.due <= known_at for row in some))
        for key, some in own.items()
    ]


def runs(rows: Sequence[Standing], known_at: int, members: Collection[str]) -> list[Runs]:
    """Clocks of requests with a member on either side, each by itself."""
    found = []
    for row in rows:
        if row.requesting in members or row.requested in members:
            found += [Runs(run.row, run.state, 1, int(run.due <= known_at), NEVER if run.due <= known_at else run.due) for run in row.runs]
    return found


def flows(rows: Sequence[Standing]) -> list[Flow]:
    """What came and went."""
    came: dict[tuple[str, str, str], int] = defaultdict(int)
    went: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        for authority, side in sides(row.requesting, row.requested):
            came[authority, side, row.kind] += row.came
            went[authority, side, row.kind] += row.went
    return [Flow(*key, came[key], went[key]) for key in came]


def waiting(rows: Sequence[Standing]) -> list[Waiting]:
    """Waits for the return, each by itself."""
    return [Waiting(row.requesting, row.requested, row.kind, np.asarray([row.arrived_at]), np.asarray([row.left_at])) for row in rows]
