"""Figures of a file of facts: the same code path as the interface, without a database.

A question with `name` asks for a report, with `cells` for a suppression, with `data` for a bare curve; one with neither
period nor grouping asks for forecasts, with `request` for one of them; all others ask for figures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.metrics.domain.answers import Register, all_forecasts, figures, forecast_of
from services.metrics.domain.cases import conditional
from services.metrics.domain.curves import drawn, finished_after, too_few
from services.metrics.domain.errors import AuthorityUnknown, FiguresError, QuestionInvalid
from services.metrics.domain.facts import fact, moment, streams
from services.metrics.domain.localdays import LocalDays, local_days
from services.metrics.domain.publication import suppressed
from services.metrics.domain.question import Question
from services.metrics.domain.runs import Due
from services.metrics.domain.survival import curve_of
from services.metrics.reports.formats.writing import one_table
from services.metrics.reports.table import report

OWN_AUTHORITIES = Path(__file__).resolve().parents[2] / "data" / "figures" / "authorities.json"
SECTIONS = ("runs", "reports", "suppression", "curves", "forecasts")
FIGURES_MEMBERS = frozenset({"from", "to", "group_by", "compared_with", "publish"})


def register_of(facts: Path, authorities: Path | None = None) -> Register:
    """The register in *facts* (one line, one stream); its file is complete, so that knowledge has no bound.

    Raises:
        QuestionInvalid: a line that is no stream of facts.
    """
    found = streams(_lines(facts))
    zones = _zones(_directory(facts, authorities))

    def zone_of(authority: str, _: datetime) -> LocalDays:
        if authority not in zones:
            raise AuthorityUnknown(authority)
        return zones[authority]

    newest = max((fact.recorded_at for stream in found for fact in stream.facts), default=None)
    if newest is None:
        raise QuestionInvalid(((str(facts), "has no facts: write one stream of facts a line"),))
    return Register(found, zone_of, newest, bounded=False)


def _lines(facts: Path) -> Iterator[Mapping[str, Any]]:
    """The streams of the file. What figures would stumble over later is refused here, with its line."""
    for number, text in enumerate(_text(facts).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            str(line["request"])
            for record in line["facts"]:
                fact(record, 1)
                _require_sense(record.get("data", record))
        except (AttributeError, KeyError, TypeError, ValueError, IsADirectoryError) as error:  # "Europe" is a folder of zones
            raise QuestionInvalid(((f"{facts}, line {number}", f"is no stream of facts: {error}"),)) from error
        yield line


def _text(file: Path) -> str:
    """What the file says; a byte order mark, which some editors put first, is none of it."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionInvalid(((str(file), f"is not UTF-8: {error}"),)) from error


def _require_sense(record: Mapping[str, Any]) -> None:
    zone = record.get("zone") or "UTC"
    local_days(zone)
    values = record.get("values")
    if values is not None and not isinstance(values, Mapping):
        raise TypeError("values must be an object: the corrected members by their names")
    for told in (record, values or {}):
        for name in ("adjusted_due", "strict_due"):
            if told.get(name):
                Due.of(told[name], zone)
    if values and values.get("occurred_at"):
        moment(values["occurred_at"])


def _zones(directory: Path) -> dict[str, LocalDays]:
    """The time zone of every authority of the file."""
    text = _text(directory)
    try:
        return {authority: local_days(said["time_zone"]) for authority, said in json.loads(text).items()}
    except (AttributeError, KeyError, TypeError, ValueError, IsADirectoryError) as error:  # "Europe" is a folder of zones
        raise QuestionInvalid(((str(directory), f"must give every authority its time_zone, an IANA name: {error}"),)) from error


def _directory(facts: Path, authorities: Path | None) -> Path:
    beside = facts.parent / "authorities.json"
    return authorities or (beside if beside.exists() else OWN_AUTHORITIES)


def questions(file: Path) -> list[Mapping[str, Any]]:
    """The questions of a file: a list, or an object of lists; each may stand in a member `query` of its own.

    Raises:
        QuestionInvalid: no such document.
    """
    try:
        entries = _entries(json.loads(_text(file)))
    except json.JSONDecodeError as error:
        raise QuestionInvalid(((str(file), f"is not JSON: {error}"),)) from error
    except TypeError as error:
        raise QuestionInvalid(((str(file), "must be a list of questions, or an object of such lists"),)) from error
    for place, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            raise QuestionInvalid(((f"{file}, question {place + 1}", "must be an object"),))
    return [entry["query"] if isinstance(entry.get("query"), Mapping) else entry for entry in entries]


def _entries(document: Any) -> Sequence[Any]:
    if not isinstance(document, Mapping):
        return document if isinstance(document, list) else [document]
    return [entry for section in SECTIONS for entry in document.get(section, ())] or list(document.get("queries", [document]))


def answer(register: Register, question: Mapping[str, Any]) -> Any:
    """The answer to one question; a refusal is an answer too, with its code."""
    try:
        return _answer(register, question)
    except FiguresError as error:
        return {"code": error.code, "detail": str(error)}


def _answer(register: Register, question: Mapping[str, Any]) -> Any:
    if "cells" in question:
        return _hidden(question["cells"])
    if "data" in question:
        return curve(question)
    asked = Question.read(question)
    if "name" in question or "report" in question:
        found = report(register, asked, str(question.get("name") or question.get("report")))
        return {**found.as_json(), "csv": one_table(found).decode()}
    if "request" in question:
        return forecast_of(register, asked, str(question["request"]))
    if not FIGURES_MEMBERS & question.keys():
        return all_forecasts(register, asked)
    return figures(register, asked)


def _hidden(counts: Any) -> dict[str, Any]:
    if not isinstance(counts, Mapping) or not all(type(count) is int for count in counts.values()):
        raise QuestionInvalid((("/cells", "must be an object of counts"),))
    cells, total = suppressed(counts)
    return {"cells": cells, "total": total}


def curve(question: Mapping[str, Any]) -> dict[str, Any]:
    """A bare curve: finished, waiting curve, ways out and conditional quantiles of pairs of days and outcome.

    Raises:
        QuestionInvalid: no such pairs.
    """
    try:
        waits = [(int(days), outcome) for days, outcome in question["data"]]
        elapsed = None if question.get("elapsed") is None else int(question["elapsed"])
    except (TypeError, ValueError) as error:
        raise QuestionInvalid((("/data", "must be pairs of days and outcome, and elapsed a number of days"),)) from error
    own = drawn(waits)
    answered: dict[str, Any] = {
        "finished": finished_after([days for days, outcome in waits if outcome is not None]),
        "km": too_few(len(waits)) if own is None else own.waiting()[0],
        "by_outcome": None if own is None else own.ways_out()[0],
    }
    if elapsed is not None:
        answered["conditional"] = conditional(curve_of(waits), elapsed)
    return answered
