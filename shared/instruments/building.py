"""Checked mappings into frozen values."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.facts.instruments import (
    Advisory,
    Codes,
    Condition,
    Consultation,
    Extension,
    Form,
    FormField,
    Ground,
    Instrument,
    Row,
    Stop,
    Trigger,
)
from shared.facts.periods import Period

_DETAILS = (
    "celex", "kind_of_instrument", "not_covered", "national_overlay", "counting_note", "thresholds", "conditions_for_surrender", "clock_rules",
    "channel_requirements", "process_models", "phases", "milestones", "note", "numbering_note", "exclusions",
)  # fmt: skip
_DECLARED = {"declared": "flag", "not_declared": "flag", "outage_hours": "number"}


def trigger(text: str) -> Trigger:
    """The value of an entry of `starts_on` or `ends_on`."""
    head, _, qualifier = text.partition("/")
    head, _, event = head.partition(":")
    move, _, member = head.partition(".")
    return Trigger(text, move, member or None, event or None, qualifier or None)


def row(raw: Mapping[str, Any], instrument: str, *, state: str | None = None, basis: str = "law") -> Row:
    """The value of one time limit."""
    length = raw.get("duration")
    return Row(
        id=raw["id"],
        instrument=instrument,
        duration=None if length is None else Period.parse(length),
        strict_day_earlier=bool(raw.get("strict_day_earlier")),
        confirmed=bool(raw.get("confirmed")),
        extendable=_extension(raw.get("extendable")),
        advisory=_advisory(raw.get("advisory")),
        backward=raw.get("direction") == "backward",
        floor=bool(raw.get("floor")),
        overlay_of=tuple(raw.get("overlay_of", ())),
        state=state,
        basis=basis,
        condition_text=raw.get("condition"),
        title=raw.get("what"),
        **_texts(raw),
        **_rules(raw),
    )


def _texts(raw: Mapping[str, Any]) -> dict[str, Any]:
    required = ("stage", "unit", "bound", "nature", "effect", "binding", "actor_side", "per", "counting", "citation")
    optional = ("from_event", "to_event", "actor", "on_expiry", "promptness", "note", "source", "overlay")
    return {name: raw[name] for name in required} | {name: raw.get(name) for name in optional}


def _rules(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "applies_when": tuple(_condition(text) for text in raw.get("applies_when", ())),
        "stops_on": tuple(raw.get("stops_on", ())),
        "replaced_by": tuple(raw.get("replaced_by", ())),
    } | {name: tuple(trigger(text) for text in raw.get(name, ())) for name in ("starts_on", "ends_on", "starts_not_before")}


def _condition(text: str) -> Condition:
    code, _, argument = text.partition(":")
    return Condition(code, argument or None)


def _extension(raw: Any) -> Extension | None:
    if not raw:
        return None
    by = raw.get("by")
    return Extension(None if by is None else Period.parse(by), raw.get("max_times"), raw.get("condition"), raw.get("citation"))


def _advisory(raw: Any) -> Advisory | None:
    return None if not raw else Advisory(raw["row"], Period.parse(raw["before"]))


def ground(raw: Mapping[str, Any]) -> Ground:
    """The value of a ground for refusal or postponement, or of another outcome."""
    return Ground(raw["code"], raw["citation"], raw.get("taxonomy"), raw["text"], raw.get("kind"), bool(raw.get("confirmed")), raw.get("condition"))


def instrument(raw: Mapping[str, Any], kinds: frozenset[str], fields: Sequence[FormField], consultation: Consultation | None) -> Instrument:
    """The value of one instrument with its rows, grounds and form."""
    rows = tuple(row(each, raw["id"], basis=raw.get("basis", "law")) for each in raw.get("time_limits", ()))
    return Instrument(
        id=raw["id"],
        title=raw["title"],
        short=raw.get("short", raw["id"]),
        status=raw.get("status", ""),
        parties_scope=raw.get("parties_scope", ""),
        counting_regime=raw.get("counting_regime", "REQUESTED-STATE-LAW"),
        kinds=kinds,
        rows=rows,
        grounds=_grounds(raw, "refusal_grounds"),
        postponement_grounds=_grounds(raw, "postponement_grounds"),
        other_outcomes=_grounds(raw, "non_execution_outcomes"),
        form=raw.get("content_fields_ref"),
        form_fields=_with_declared(fields, rows),
        consultation=consultation,
        request_kinds=tuple(raw.get("request_kinds", ())),
        refusal_procedure=raw.get("refusal_procedure"),
        channel=raw.get("channel"),
        details={name: raw[name] for name in _DETAILS if name in raw},
    )


def _grounds(raw: Mapping[str, Any], name: str) -> tuple[Ground, ...]:
    return tuple(ground(each) for each in raw.get(name, ()))


def related(raw: Mapping[str, Any], kinds: frozenset[str]) -> Instrument:
    """A related instrument: one row, known under its own id."""
    only = row(raw, raw["id"])
    return Instrument(
        id=raw["id"], title=raw["what"], short=raw["id"], status=raw.get("note", ""), parties_scope="", counting_regime="REQUESTED-STATE-LAW",
        kinds=kinds, rows=(only,), grounds=(), form_fields=_with_declared((), (only,)),
    )  # fmt: skip


def form_field(raw: Mapping[str, Any]) -> FormField:
    """The value of one form field; without a label it is called by its name."""
    label = raw.get("label") or str(raw["name"]).replace("_", " ").capitalize()
    return FormField(raw["name"], raw["section"], raw["type"], bool(raw.get("required")), label, tuple(raw.get("kinds", ())))


def _with_declared(fields: Sequence[FormField], rows: Sequence[Row]) -> tuple[FormField, ...]:
    named = {each.name for each in fields}
    more: dict[str, FormField] = {}
    for each in rows:
        for condition in each.applies_when:
            name = condition.code if condition.code == "outage_hours" else condition.argument
            if condition.code in _DECLARED and name and name not in named:
                more[name] = FormField(name, "clocks", _DECLARED[condition.code], False, name.replace("_", " ").capitalize())
    return (*fields, *more.values())


def form(identity: str, raw: Mapping[str, Any]) -> Form:
    """The value of a form as printed."""
    sections = tuple((str(name), tuple(str(line) for line in lines)) for name, lines in raw.get("sections", {}).items())
    return Form(identity, raw["title"], bool(raw.get("confirmed")), raw.get("source"), sections)


def codes(raw: Mapping[str, Any]) -> Codes:
    """The code lists that say what a code does."""
    effects, natures, counting = raw["effect_codes"], raw["nature_codes"], raw["counting_codes"]
    return Codes(
        hard_stops=frozenset(code for code, each in effects.items() if each["hard_stop"]),
        lapsing_effects=frozenset(code for code, each in effects.items() if each["after_due"] == "lapsed"),
        climbing_natures=frozenset(code for code, each in natures.items() if each["levels"] == "all"),
        stops={code: Stop(code, tuple(each["from"]), tuple(each["until"]), each.get("only_under")) for code, each in raw["stop_codes"].items()},
        counting_by_state=dict(counting["REQUESTED_STATE"]["by_state"]),
        events=dict(raw["conventions"]["events"]),
        taxonomy={each["code"]: each["label"] for each in raw["refusal_taxonomy"]},
    )
