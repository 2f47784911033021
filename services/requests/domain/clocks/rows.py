"""Which rows may run for a request: those of its instruments, of national law and local ones, found once and kept by the facts that start and end them.

Conditions that cannot change while a request lives (parties, kind, States, version) are looked at here; the others, fact by fact, in `conditions`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from shared.calendars.zones import EUROPE
from shared.facts.instruments import Condition, Instruments, Row, Stop, Trigger

ASKED_FOR_ROW, JIT_END_ROW = "ASKED-FOR", "JIT-END"
RECEIPT = ("send/to_member", "register", "acknowledge.received_at/of_outsider")
EXECUTED = ("complete_measure/last", "execute", "return/final")
KEPT = 4096


def key_of(trigger: Trigger) -> str:
    """The trigger without its qualifier: what a fact is looked up by."""
    member = f".{trigger.member}" if trigger.member else ""
    return f"{trigger.move}{member}:{trigger.event}" if trigger.event else f"{trigger.move}{member}"


def _triggers(texts: tuple[str, ...]) -> tuple[Trigger, ...]:
    found = []
    for text in texts:
        head, _, qualifier = text.partition("/")
        move, _, member = head.partition(".")
        found.append(Trigger(text, move, member or None, None, qualifier or None))
    return tuple(found)


# The date that the requesting side asked for, where no row of the instrument takes it.
ASKED_FOR = Row(
    id=ASKED_FOR_ROW, instrument="", stage="execution", from_event="request.received", to_event="measure.executed", duration=None, unit="none",
    bound="max", nature="duty", effect="none", binding="indicative", actor_side="requested", per="request", counting="FIXED",
    strict_day_earlier=False, citation="date asked for", confirmed=True, applies_when=(Condition("date_asked_for"),), starts_on=_triggers(RECEIPT),
    ends_on=_triggers(EXECUTED), basis="asked_for", title="the date that the requesting side asked for with reasons",
)  # fmt: skip

# The end of a joint team's mandate.
JIT_END = Row(
    id=JIT_END_ROW, instrument="", stage="execution", from_event="mandate.set", to_event="mandate.ends", duration=None, unit="none", bound="window",
    nature="window", effect="lapse", binding="hard_stop", actor_side="both", per="request", counting="FIXED", strict_day_earlier=False,
    citation="end of the mandate", confirmed=True, applies_when=(), starts_on=_triggers(("send", "register", "set_mandate")),
    ends_on=_triggers(("execute", "return/final")), basis="fixed", title="the end of the team's mandate",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """What a request is for as long as it lives: the facts on which the choice of rows rests."""

    bases: tuple[str, ...]
    kind: str
    requesting: str
    requested: str
    as_of: date

    @property
    def parties(self) -> str:
        """The two States in alphabetical order with a hyphen."""
        return "-".join(sorted((self.requesting, self.requested)))


STATIC = frozenset(
    {"kind", "kind_not", "under", "not_under", "parties", "as_of_from", "as_of_before", "requested_state", "requesting_state", "requesting_region"}
)


def static_holds(condition: Condition, setting: Setting) -> bool:
    """Whether a condition that cannot change holds."""
    argument = condition.argument or ""
    match condition.code:
        case "kind" | "kind_not":
            return (setting.kind == argument) is (condition.code == "kind")
        case "under" | "not_under":
            return bool(set(argument.split("/")) & set(setting.bases)) is (condition.code == "under")
        case "parties":
            return setting.parties == argument
        case "as_of_from" | "as_of_before":
            return (setting.as_of >= date.fromisoformat(argument)) is (condition.code == "as_of_from")
        case "requested_state":
            return setting.requested == argument
        case "requesting_state":
            return setting.requesting == argument
        case "requesting_region":
            return (setting.requesting in EUROPE) is (argument == "europe")
    return True


class RowSet:
    """The rows of one setting, by the facts that start them, end them and move their start."""

    def __init__(self, rows: tuple[Row, ...], confirming: Mapping[str, tuple[Row, ...]]) -> None:
        self.rows = rows
        self.confirming = confirming
        self.by_id = {row.id: row for row in rows}
        self.starting = _by_key(rows, "starts_on")
        self.ending = _by_key(rows, "ends_on")
        self.delaying = _by_key(rows, "starts_not_before")
        self.replaces = _replacements(rows)
        self.takes_date_asked_for = any(_takes_date_asked_for(row) for row in rows if row is not ASKED_FOR)

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every fact that starts, ends or delays one of the rows."""
        return frozenset((*self.starting, *self.ending, *self.delaying))


def _by_key(rows: tuple[Row, ...], member: str) -> dict[str, tuple[tuple[Row, Trigger], ...]]:
    found: dict[str, list[tuple[Row, Trigger]]] = {}
    for row in rows:
        for trigger in getattr(row, member):
            found.setdefault(key_of(trigger), []).append((row, trigger))
    return {key: tuple(pairs) for key, pairs in found.items()}


def _replacements(rows: tuple[Row, ...]) -> dict[str, frozenset[str]]:
    """For each row the rows whose running clocks its start cancels."""
    found: dict[str, set[str]] = {}
    for row in rows:
        for other in row.replaced_by:
            found.setdefault(other, set()).add(row.id)
    return {row: frozenset(others) for row, others in found.items()}


def _takes_date_asked_for(row: Row) -> bool:
    return row.duration is None and row.to_event == "measure.executed" and any(each.code == "date_asked_for" for each in row.applies_when)


@dataclass
class RowBook:
    """All rows of the instruments here; `of` gives those of one setting and remembers them."""

    instruments: Instruments
    _known: dict[Setting, RowSet] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """Every row by its id."""
        return {row.id: row for row in (*self.instruments.every_row(), ASKED_FOR, JIT_END)}

    @cached_property
    def lapsing(self) -> frozenset[str]:
        """Effects after whose due the clock has lapsed."""
        return self.instruments.codes.lapsing_effects

    @cached_property
    def stops_opened_by(self) -> dict[str, tuple[Stop, ...]]:
        """Stop rules by the move that opens them."""
        return self._stops("opens")

    @cached_property
    def stops_ended_by(self) -> dict[str, tuple[Stop, ...]]:
        """Stop rules by the move that ends them."""
        return self._stops("ends")

    @cached_property
    def stop_moves(self) -> frozenset[str | None]:
        """Every move that opens or ends a stop."""
        return frozenset((*self.stops_opened_by, *self.stops_ended_by))

    def _stops(self, member: str) -> dict[str, tuple[Stop, ...]]:
        rules = self.instruments.codes.stops.values()
        return {move: tuple(each for each in rules if move in getattr(each, member)) for rule in rules for move in getattr(rule, member)}

    def of(self, setting: Setting) -> RowSet:
        """The rows that may run in *setting*."""
        found = self._known.get(setting)
        if found is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            found = self._known[setting] = self._choose(setting)
        return found

    def _choose(self, setting: Setting) -> RowSet:
        treaty = [row for row in self._of_bases(setting) if _all_hold(row, setting)]
        with_figure = {row.stage for row in treaty if row.duration is not None}
        beside: list[Row] = []
        confirming: dict[str, tuple[Row, ...]] = {}
        replaced: set[str] = set()
        for row in self.instruments.national:
            if not _all_hold(row, setting) or not self._belongs(row, setting, treaty):
                continue
            if row.overlay == "confirms":
                for other in row.overlay_of:
                    confirming[other] = (*confirming.get(other, ()), row)
            elif row.overlay != "fills" or row.stage not in with_figure:
                beside.append(row)
                replaced |= set(row.overlay_of) if row.overlay == "replaces" else set()
        rows = [row for row in treaty if row.id not in replaced] + beside + [ASKED_FOR]
        if setting.kind == "joint_investigation_team":
            rows.append(JIT_END)
        return RowSet(tuple(rows), confirming)

    def _of_bases(self, setting: Setting) -> Iterator[Row]:
        for base in setting.bases:
            if base in self.instruments:
                yield from self.instruments.rows(base)
        for row in self.instruments.local:
            if set(row.instrument.split("/")) & set(setting.bases):
                yield row

    def _belongs(self, row: Row, setting: Setting, treaty: list[Row]) -> bool:
        """Whether a row of national law has to do with the treaty: a confirming or replacing one needs its row there."""
        if row.overlay in ("confirms", "replaces"):
            named = set(row.overlay_of)
            return any(each.id in named for each in treaty)
        return True


def _all_hold(row: Row, setting: Setting) -> bool:
    return all(static_holds(each, setting) for each in row.applies_when if each.code in STATIC)
