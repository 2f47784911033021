"""The schema of instrument files: which members a row must have and which codes they may hold. Every fault is collected."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.facts.periods import Period, PeriodNotReadable
from shared.instruments.reading import Place

MOVES = frozenset({
    "acknowledge", "agree_surrender_date", "arrest", "ask_status", "complete_measure", "conclude_consultation", "decide", "decide_surrender",
    "execute", "fix_hearing", "forward", "give_consent", "postpone", "postpone_surrender", "record_event", "refuse", "register", "release", "reopen",
    "request_information", "resume", "return", "revoke_consent", "send", "supply_information", "surrender", "transmit_again", "withdraw",
})  # fmt: skip
MEMBERS = frozenset({"acknowledge.received_at", "agree_surrender_date.date", "fix_hearing.date"})
STAGES = frozenset({
    "acknowledgement", "arrest", "boarding", "channel", "decision", "execution", "extradition", "hearing", "information", "issuing", "observation",
    "postponement", "preservation", "provisional_arrest", "refusal", "return", "sending", "service", "speciality", "surrender", "transfer",
    "transfer_of_persons", "transit", "withdrawal",
})  # fmt: skip
SIDES = frozenset({"requested", "requesting", "provider", "person", "both", "system"})
RUNNERS = frozenset({"request", "person", "measure", "recipient"})
GROUND_KINDS = frozenset({"mandatory", "optional", "case_law"})
FIELD_TYPES = frozenset({"text", "code", "date", "flag", "number"})
_REQUIRED = ("id", "stage", "unit", "bound", "effect", "nature", "binding", "actor_side", "per", "counting", "citation")
_TRIGGER = re.compile(r"^(?P<move>[a-z_]+)(?:\.(?P<member>[a-z_]+))?(?::(?P<event>[a-z_.]+))?(?:/(?P<qualifier>[a-z_]+))?$")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where."""

    place: Place
    sentence: str


@dataclass(slots=True)
class Schema:
    """The code lists of the main file, against which every file is checked; faults gather in `faults`."""

    lists: Mapping[str, Mapping[str, Any]]
    events: Mapping[str, Any]
    units: frozenset[str]
    bounds: frozenset[str]
    bindings: frozenset[str]
    regimes: frozenset[str]
    taxonomy: frozenset[str]
    faults: list[Fault] = field(default_factory=list)
    seen: dict[str, Place] = field(default_factory=dict)

    def fault(self, place: Place, sentence: str) -> None:
        """Remember that something is wrong at *place*."""
        self.faults.append(Fault(place, sentence))

    def row(self, raw: Any, place: Place) -> None:
        """Check one time limit."""
        if not isinstance(raw, Mapping):
            self.fault(place, "a row must be a mapping")
            return
        for name in _REQUIRED:
            if not isinstance(raw.get(name), str):
                self.fault((*place, name), f"{name} is missing")
        self._unique(raw.get("id"), place)
        self._row_codes(raw, place)
        self._length(raw, place)
        self._extension(raw.get("extendable"), (*place, "extendable"))
        for name in ("starts_on", "ends_on", "starts_not_before"):
            self._triggers(raw.get(name, []), (*place, name))
        for name in ("starts_on", "ends_on"):
            if not raw.get(name):
                self.fault((*place, name), f"{name} names no fact")
        self._conditions(raw.get("applies_when", []), (*place, "applies_when"))

    def _unique(self, identity: Any, place: Place) -> None:
        if isinstance(identity, str) and self.seen.setdefault(identity, place) is not place:
            self.fault((*place, "id"), f"{identity} stands twice in the files")

    def _row_codes(self, raw: Mapping[str, Any], place: Place) -> None:
        wanted: tuple[tuple[str, Any], ...] = (
            ("effect", self.lists["effect_codes"]),
            ("nature", self.lists["nature_codes"]),
            ("unit", self.units),
            ("bound", self.bounds),
            ("binding", self.bindings),
            ("actor_side", SIDES),
            ("per", RUNNERS),
            ("stage", STAGES),
        )
        for name, allowed in wanted:
            self.code(raw.get(name), allowed, (*place, name))
        counting, _, argument = str(raw.get("counting", "")).partition(":")
        self.code(counting, self.lists["counting_codes"], (*place, "counting"))
        if argument:
            self.code(argument, self.regimes, (*place, "counting"))
        for number, stop in enumerate(self.sequence(raw.get("stops_on", []), (*place, "stops_on"))):
            self.code(stop, self.lists["stop_codes"], (*place, "stops_on", number))
        if raw.get("overlay") is not None:
            self.code(raw["overlay"], self.lists["overlay_codes"], (*place, "overlay"))

    def code(self, value: Any, allowed: Any, place: Place) -> None:
        """Check that *value* is one of *allowed*."""
        if value is not None and value not in allowed:
            self.fault(place, f"{value!r} is not one of {', '.join(sorted(allowed))}")

    def sequence(self, value: Any, place: Place) -> Sequence[Any]:
        """*value* if it is a list; else a fault and an empty list."""
        if isinstance(value, list):
            return value
        self.fault(place, "must be a list")
        return []

    def _length(self, raw: Mapping[str, Any], place: Place) -> None:
        duration, fixed = raw.get("duration"), raw.get("counting") == "FIXED"
        if duration is None:
            if not fixed:
                self.fault((*place, "duration"), "a row without a figure counts as FIXED")
            return
        self.period(duration, (*place, "duration"))
        if fixed:
            self.fault((*place, "counting"), "a row with a figure cannot be FIXED")

    def period(self, value: Any, place: Place) -> None:
        """Check that *value* is an ISO 8601 duration."""
        try:
            Period.parse(value)
        except PeriodNotReadable as fault:
            self.fault(place, str(fault))

    def _extension(self, value: Any, place: Place) -> None:
        if value in (None, False):
            return
        if not isinstance(value, Mapping):
            self.fault(place, "extendable is false, or a mapping with `by`")
            return
        if value.get("by") is not None:
            self.period(value["by"], (*place, "by"))
        if not isinstance(value.get("max_times"), int | None):
            self.fault((*place, "max_times"), "max_times must be a number or null")

    def _triggers(self, value: Any, place: Place) -> None:
        for number, text in enumerate(self.sequence(value, place)):
            found = _TRIGGER.match(str(text))
            where = (*place, number)
            if found is None or found["move"] not in MOVES:
                self.fault(where, f"{text!r} names no move")
                continue
            if (found["move"] == "record_event") != (found["event"] is not None):
                self.fault(where, f"{text!r}: an event goes with record_event, and record_event with an event")
            if found["event"] and found["event"] not in self.events:
                self.fault(where, f"{found['event']!r} is no event of conventions.events")
            if found["member"] and f"{found['move']}.{found['member']}" not in MEMBERS:
                self.fault(where, f"{text!r}: that member starts nothing")
            if found["qualifier"]:
                self.code(found["qualifier"], self.lists["fact_qualifiers"], where)

    def _conditions(self, value: Any, place: Place) -> None:
        for number, text in enumerate(self.sequence(value, place)):
            code, _, argument = str(text).partition(":")
            known = self.lists["condition_codes"].get(code)
            if known is None:
                self.fault((*place, number), f"{code!r} is no condition")
            elif bool(known.get("argument")) != bool(argument):
                self.fault((*place, number), f"{code!r} {'needs' if known.get('argument') else 'takes no'} argument")

    def ground(self, raw: Any, place: Place) -> None:
        """Check one ground for refusal."""
        if not isinstance(raw, Mapping) or not isinstance(raw.get("code"), str):
            self.fault(place, "a ground needs a code")
            return
        self._unique(raw["code"], place)
        self.code(raw.get("taxonomy"), self.taxonomy, (*place, "taxonomy"))
        self.code(raw.get("kind"), GROUND_KINDS, (*place, "kind"))
