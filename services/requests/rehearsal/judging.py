"""Whether what is expected is so: only what the file names is compared. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.requests.rehearsal.scenario import Scenario


def differences(scenario: Scenario, letter: str, expected: Mapping[str, Any], document: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Every way in which *document* is not as *expected*; empty when it is. *names*: letter of the file → id in the sandbox."""
    found: list[str] = []
    for member, value in expected.items():
        if member == "clocks":
            found += _clocks(scenario, letter, value or {}, document.get("clocks") or [])
        elif member == "escalations":
            continue
        else:
            found += _same(scenario, f"{letter}.{member}", _named(value, names), document.get(member))
    return found


def escalation_differences(letter: str, expected: Sequence[Mapping[str, Any]], reached: Sequence[Mapping[str, Any]]) -> list[str]:
    """The difference between the full list *expected* and what was *reached*, in order; `on` counts only where the file names it or a promise was missed."""
    shown = [_short(one) for one in reached]
    wanted = [_short({"on": "legal", **one}) for one in expected]
    return [] if shown == wanted else [f"{letter}.escalations: expected {_list(wanted)}, got {_list(shown)}"]


def figure_differences(scenario: Scenario, expected: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Every member of *expected* that the figures' *answer* gives otherwise; groups are found by direction and kind."""
    found: list[str] = []
    for member, value in expected.items():
        if member != "groups":
            found += _same(scenario, f"figures.{member}", value, answer.get(member))
            continue
        for group in value:
            place = {name: group.get(name) for name in ("direction", "kind")}
            matching = [one for one in answer.get("groups", []) if all(one.get(name) == wanted for name, wanted in place.items())]
            where = f"figures[{place['direction']}, {place['kind'] or 'all'}]"
            found += _group(scenario, where, group, matching)
    return found


def _group(scenario: Scenario, where: str, group: Mapping[str, Any], matching: Sequence[Mapping[str, Any]]) -> list[str]:
    if "account" in group and group["account"] is None:
        return [f"{where}: expected no such group"] if matching else []
    if not matching:
        return [f"{where}: there is no such group"]
    return [line for member, value in group.items() for line in _same(scenario, f"{where}.{member}", value, matching[0].get(member))]


def _clocks(scenario: Scenario, letter: str, expected: Mapping[str, Any], clocks: Sequence[Mapping[str, Any]]) -> list[str]:
    found: list[str] = []
    for name, wanted in expected.items():
        row, _, run = name.partition("#")
        runs = [clock for clock in clocks if clock["row"] == row and (not run or str(clock["run"]) == run)]
        if wanted is None:
            found += [f"{letter}.{name}: expected no such clock, got one that is {runs[-1]['state']}"] if runs else []
        elif not runs:
            found.append(f"{letter}.{name}: there is no such clock")
        else:
            latest = max(runs, key=lambda clock: (int(clock["run"]), clock["state"] in ("running", "suspended")))
            found += [line for member, value in wanted.items() for line in _same(scenario, f"{letter}.{name}.{member}", value, latest.get(member))]
    return found


def _same(scenario: Scenario, where: str, expected: Any, got: Any) -> list[str]:
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping):
            return [f"{where}: expected {expected}, got {got}"]
        return [line for member, value in expected.items() for line in _same(scenario, f"{where}.{member}", value, got.get(member))]
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return [f"{where}: expected {len(expected)} entries, got {got}"]
        return [line for number, value in enumerate(expected) for line in _same(scenario, f"{where}[{number}]", value, got[number])]
    return [] if _equal(scenario, expected, got) else [f"{where}: expected {expected}, got {got}"]


def _equal(scenario: Scenario, expected: Any, got: Any) -> bool:
    """Moments compare as instants, dates as dates, numbers as numbers, everything else as it is."""
    if expected is None or got is None or isinstance(expected, bool):
        return expected is got
    if isinstance(expected, (int, float)) and isinstance(got, (int, float)):
        return abs(float(expected) - float(got)) < 1e-9
    if isinstance(expected, date) and not isinstance(expected, datetime):
        return expected.isoformat() == str(got)
    try:
        return scenario.moment(expected) == scenario.moment(got) if len(str(got)) > 10 else str(expected) == str(got)
    except ValueError:
        return str(expected) == str(got)


def _named(value: Any, names: Mapping[str, str]) -> Any:
    """*value* with letters of authorities and requests replaced, wherever a whole word is one."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_named(entry, names) for entry in value]
    if isinstance(value, Mapping):
        return {member: _named(entry, names) for member, entry in value.items()}
    return value


def _short(one: Mapping[str, Any]) -> tuple[str, int, str]:
    return (str(one.get("row") or one["clock"]), int(one["level"]), str(one.get("on") or "legal"))


def _list(found: Sequence[tuple[str, int, str]]) -> str:
    return ", ".join(f"{row} level {level}{' (promise)' if on == 'promise' else ''}" for row, level, on in found) or "none"
