"""Small numbers are hidden in what leaves the authority: figures-1, section 6."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.metrics.domain.complement import Cell, Path, enough, hide_what_follows, sums_across, sums_within
from services.metrics.domain.waits import EVENTS

FEWEST = 10


def suppressed(cells: Mapping[str, int]) -> tuple[dict[str, int | None], int | None]:
    """*cells* and their total as they may be published: 1 to 9 hidden, and enough others that none can be worked out."""
    true: dict[Cell, int] = {(0, (key,)): value for key, value in cells.items()}
    hidden = few(true)
    hide_what_follows([list(true)], true, hidden, FEWEST)
    shown = {key: None if (0, (key,)) in hidden else value for key, value in cells.items()}
    return shown, None if hidden and not enough([true[cell] for cell in hidden], FEWEST) else sum(cells.values())


def few(true: Mapping[Cell, int]) -> set[Cell]:
    """The numbers that are too small to be shown."""
    return {cell for cell, value in true.items() if 0 < abs(value) < FEWEST}


def without_few(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Counts that stand for themselves: those of 1 to 9 hidden. What has a total beside it needs `suppressed`."""
    return {name: None if 0 < count < FEWEST else count for name, count in counts.items()}


def published(groups: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The groups of an answer with their small numbers hidden, and enough others that none can be worked out, across groups and within one.

    The cells of one figure are its values over the groups of one direction; the group without a value is the total.
    """
    result = [_without_few(group) for group in groups]
    true = {(place, path): int(_at(group, path)) for place, group in enumerate(groups) for path in _counts(group)}
    hidden = few(true)
    within = [own for place, group in enumerate(groups) for own in sums_within(place, group)]
    hide_what_follows([*sums_across(groups, _counts), *within], true, hidden, FEWEST)
    for place, path in hidden:
        _put(result[place], path, None)
    return [_without_shares(group) for group in result]


def _counts(group: Mapping[str, Any]) -> Iterator[Path]:
    """The places of all counts of a group."""
    for block in ("account", "activity", "measures", "persons", "cases", "now", "ageing", "escalations"):
        yield from _integers(group.get(block, {}), (block,))
    for row in group.get("limits", ()):
        yield from (("limits", row["row"], name) for name, value in row.items() if isinstance(value, int))
    for name, duration in group.get("durations", {}).items():
        yield from (("durations", name, counted) for counted in ("n", "open"))
        yield from (("durations", name, "outcomes", outcome) for outcome in duration["outcomes"])


def _integers(block: Mapping[str, Any], path: Path) -> Iterator[Path]:
    for name, value in block.items():
        if isinstance(value, Mapping):
            yield from _integers(value, (*path, name))
        elif isinstance(value, int) and name != "difference":
            yield (*path, name)


def _at(group: Mapping[str, Any], path: Path) -> Any:
    place: Any = group
    for name in path:
        if isinstance(place, list):
            place = next((row for row in place if row["row"] == name), None)
        elif isinstance(place, Mapping):
            place = place.get(name)
    return place


def _put(group: dict[str, Any], path: Path, value: int | None) -> None:
    _at(group, path[:-1])[path[-1]] = value


def _without_few(value: Any) -> Any:
    """A copy in which statistics of fewer than ten finished waits are null."""
    if isinstance(value, Mapping):
        few = value.keys() == {"n", "median", "mean", "p90"} and value["n"] < FEWEST
        if few:
            return {"n": 0 if value["n"] == 0 else None, "median": None, "mean": None, "p90": None}
        unsaid = value.get("reason") == "too_few" and bool(value.get("n"))
        return {name: None if unsaid and name == "n" else _without_few(inner) for name, inner in value.items()}
    return [_without_few(inner) for inner in value] if isinstance(value, list) else value


def _hide_repeated(duration: Mapping[str, Any], measure: dict[str, Any], event: str) -> None:
    if duration["n"] is None:
        measure["km"]["n"] = None
    if duration["outcomes"].get(event, 0) is None:
        measure["finished"]["n"] = None
    if None in duration["outcomes"].values():
        measure["by_outcome"] = None  # a share of n with six decimals is the number itself


def _without_shares(group: dict[str, Any]) -> dict[str, Any]:
    """Shares and rates whose parts are hidden are hidden too; so are numbers that stand in a second place."""
    for name, duration in group.get("durations", {}).items():
        for measure in ("gross", "net"):
            _hide_repeated(duration, duration[measure], EVENTS[name])
    for row in group.get("limits", ()):
        if row["denominator"] is None or row["met"] is None:
            row["share_met"] = None
    account = group.get("account")
    if account is not None:
        if None in (account["closed_total"], account["new"], account["reopened"]):
            group["cepej"]["clearance_rate"] = None
        if None in (account["closed_total"], account["continuing"]):
            group["cepej"]["disposition_days"] = group["cepej"]["backlog_months"] = None
    return group
