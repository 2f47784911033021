"""The files of a data folder into one value of all instruments; read once a process."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from shared.facts.instruments import Consultation, FormField, Instrument, Instruments, Row
from shared.instruments import building
from shared.instruments.checks import FIELD_TYPES, Fault, Schema
from shared.instruments.reading import Place, line_of, read_yaml

MAIN, FIELDS, KINDS, LOCAL = "instruments.yaml", "form_fields.yaml", "instrument_kinds.yaml", "local"


class InstrumentsFaulty(ValueError):
    """Instrument files break their schema; the message has every fault with file, line and place."""

    code = "malformed"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(slots=True)
class _Files:
    """What was read so far, and what was wrong with it."""

    main: Mapping[str, Any]
    schema: Schema
    fields: Mapping[str, tuple[FormField, ...]]
    kinds: Mapping[str, Any]
    instruments: dict[str, Instrument] = field(default_factory=dict)
    national: list[Row] = field(default_factory=list)
    local: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def load(folder: Path | str) -> Instruments:
    """All instruments of *folder*: its main file, form fields, kinds, and each file under ``local/``.

    Raises:
        FileUnreadable: a file is missing or is no YAML.
        InstrumentsFaulty: a file breaks the schema; all faults at once.
    """
    return _loaded(str(Path(folder).resolve()))


@lru_cache(maxsize=8)
def _loaded(folder: str) -> Instruments:
    root = Path(folder)
    main = read_yaml(root / MAIN)
    files = _Files(main, _schema(main), {}, read_yaml(root / KINDS))
    files.fields = _fields(root, files)
    _take(files, root / MAIN, main, basis="law")
    for file in sorted((root / LOCAL).glob("*.yaml")):
        _take(files, file, read_yaml(file), basis="local")
    if files.faults:
        raise InstrumentsFaulty(files.faults)
    return Instruments(
        by_id=files.instruments,
        national=tuple(files.national),
        local=tuple(files.local),
        forms={name: building.form(name, raw) for name, raw in main["forms"].items()},
        codes=building.codes(main),
        schema_version=int(main["schema_version"]),
        as_of=date.fromisoformat(str(main["as_of"])),
        digest=_digest(root),
    )


def _schema(main: Mapping[str, Any]) -> Schema:
    names = ("condition_codes", "counting_codes", "effect_codes", "nature_codes", "stop_codes", "fact_qualifiers", "overlay_codes")
    missing = [name for name in (*names, "conventions", "refusal_taxonomy", "counting_regimes", "forms", "instruments") if name not in main]
    if missing:
        raise InstrumentsFaulty([f"{MAIN}: {name} is missing" for name in missing])
    rules = main["conventions"]
    return Schema(
        lists={name: main[name] for name in names},
        events=rules["events"],
        units=frozenset(rules["unit"]),
        bounds=frozenset(rules["bound"]),
        bindings=frozenset(rules["binding"]),
        regimes=frozenset(each["id"] for each in main["counting_regimes"]),
        taxonomy=frozenset(each["code"] for each in main["refusal_taxonomy"]),
    )


def _fields(root: Path, files: _Files) -> dict[str, tuple[FormField, ...]]:
    file, found = root / FIELDS, {}
    for form, entries in read_yaml(file)["forms"].items():
        for number, raw in enumerate(entries):
            files.schema.code(raw.get("type"), FIELD_TYPES, ("forms", form, number, "type"))
        if form not in files.main["forms"]:
            files.schema.fault(("forms", form), f"{form} is no form")
        found[form] = tuple(building.form_field(raw) for raw in entries)
    _gather(files, file)
    return found


def _take(files: _Files, file: Path, raw: Mapping[str, Any], *, basis: str) -> None:
    """Check and add what one file holds: instruments, national law, related instruments, local rows."""
    _check(files.schema, raw)
    if _gather(files, file):
        return
    for each in raw.get("instruments", ()):
        fields = files.fields.get(each.get("content_fields_ref") or "", ())
        files.instruments[each["id"]] = building.instrument({"basis": basis, **each}, _kinds(files, each), fields, _consultation(files, each["id"]))
    for each in raw.get("related_instruments", ()):
        files.instruments[each["id"]] = building.related(each, _kinds(files, each))
    for law in raw.get("national_overlays", ()):
        files.national += (building.row(each, law["name"], state=law["state"], basis=basis) for each in law["rows"])
    files.local += (building.row(each, "/".join(each.get("under", ())), basis="local") for each in raw.get("local_rows", ()))


def _check(schema: Schema, raw: Mapping[str, Any]) -> None:
    for number, each in enumerate(raw.get("instruments", ())):
        place: Place = ("instruments", number)
        for name in ("id", "title"):
            if not isinstance(each.get(name), str):
                schema.fault((*place, name), f"{name} is missing")
        for index, row in enumerate(each.get("time_limits", ())):
            schema.row(row, (*place, "time_limits", index))
        for name in ("refusal_grounds", "postponement_grounds", "non_execution_outcomes"):
            for index, ground in enumerate(each.get(name, ())):
                schema.ground(ground, (*place, name, index))
    for number, law in enumerate(raw.get("national_overlays", ())):
        for index, row in enumerate(law["rows"]):
            schema.row(row, ("national_overlays", number, "rows", index))
    for name in ("related_instruments", "local_rows"):
        for number, row in enumerate(raw.get(name, ())):
            schema.row(row, (name, number))


def _gather(files: _Files, file: Path) -> bool:
    """Move the faults of the schema into the list with file and line; whether there were any."""
    found: list[Fault] = files.schema.faults
    for each in found:
        where = ".".join(str(step) for step in each.place)
        files.faults.append(f"{file.name}:{line_of(file, each.place)}: {where}: {each.sentence}")
    files.schema.faults = []
    return bool(found)


def _kinds(files: _Files, raw: Mapping[str, Any]) -> frozenset[str]:
    own = raw.get("kinds") or files.kinds["instruments"].get(raw["id"], ())
    return frozenset((*own, *files.kinds["always"]))


def _consultation(files: _Files, instrument: str) -> Consultation | None:
    raw = files.kinds.get("consultation_before_refusal", {}).get(instrument)
    return None if raw is None else Consultation(raw["citation"], frozenset(raw["grounds"]))


def _digest(root: Path) -> str:
    content = hashlib.sha256()
    for file in (root / MAIN, root / FIELDS, root / KINDS, *sorted((root / LOCAL).glob("*.yaml"))):
        content.update(file.read_bytes())
    return content.hexdigest()[:16]
