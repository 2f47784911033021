"""Instruments of law as values: their rows (time limits), grounds, forms and kinds.

Frozen and plain, so that a domain may hold them. They are read from files by `shared.instruments`; nothing here reads a file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from shared.facts.periods import Period


class UnknownInstrument(KeyError):
    """No instrument has this id."""

    code = "unknown_instrument"

    def __init__(self, instrument: str) -> None:
        super().__init__(instrument)
        self.instrument = instrument


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts or ends a row: a move or a member of it, or an event recorded by name; `qualifier` narrows it."""

    text: str
    move: str
    member: str | None = None
    event: str | None = None
    qualifier: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """One code of `applies_when`; all of a row must hold."""

    code: str
    argument: str | None = None

    def __str__(self) -> str:
        return self.code if self.argument is None else f"{self.code}:{self.argument}"


@dataclass(frozen=True, slots=True)
class Extension:
    """How far a row may be extended: `by` None is no fixed length, `max_times` None is as often as needed."""

    by: Period | None
    max_times: int | None
    condition: str | None = None
    citation: str | None = None


@dataclass(frozen=True, slots=True)
class Advisory:
    """A reminder where the text has no figure: so long before the strict date of *row*."""

    row: str
    before: Period


@dataclass(frozen=True, slots=True)
class Row:
    """One time limit: what starts it, how it is counted, who must act, and what its end does."""

    id: str
    instrument: str
    stage: str
    from_event: str | None
    to_event: str | None
    duration: Period | None
    unit: str
    bound: str
    nature: str
    effect: str
    binding: str
    actor_side: str
    per: str
    counting: str
    strict_day_earlier: bool
    citation: str
    confirmed: bool
    applies_when: tuple[Condition, ...] = ()
    starts_on: tuple[Trigger, ...] = ()
    starts_not_before: tuple[Trigger, ...] = ()
    ends_on: tuple[Trigger, ...] = ()
    stops_on: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    extendable: Extension | None = None
    advisory: Advisory | None = None
    backward: bool = False
    floor: bool = False
    overlay: str | None = None
    overlay_of: tuple[str, ...] = ()
    state: str | None = None
    basis: str = "law"
    actor: str | None = None
    on_expiry: str | None = None
    condition_text: str | None = None
    promptness: str | None = None
    note: str | None = None
    source: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground for refusal, for postponement, or another outcome, by its code."""

    code: str
    citation: str
    taxonomy: str | None
    text: str
    kind: str | None
    confirmed: bool
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of an instrument's form; `kinds` empty means for every kind of request."""

    name: str
    section: str
    type: str
    required: bool
    label: str
    kinds: tuple[str, ...] = ()

    def belongs_to(self, kind: str | None) -> bool:
        """Whether a request of *kind* has this field."""
        return kind is None or not self.kinds or kind in self.kinds


@dataclass(frozen=True, slots=True)
class Form:
    """A form as the text prints it: title and sections with their wording."""

    id: str
    title: str
    confirmed: bool
    source: str | None
    sections: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Consultation:
    """Where the text wants a consultation before a refusal: for these grounds, or for all when none are named."""

    citation: str
    grounds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A treaty or act: what it covers, its rows, grounds, form and kinds."""

    id: str
    title: str
    short: str
    status: str
    parties_scope: str
    counting_regime: str
    kinds: frozenset[str]
    rows: tuple[Row, ...]
    grounds: tuple[Ground, ...]
    postponement_grounds: tuple[Ground, ...] = ()
    other_outcomes: tuple[Ground, ...] = ()
    form: str | None = None
    form_fields: tuple[FormField, ...] = ()
    consultation: Consultation | None = None
    request_kinds: tuple[str, ...] = ()
    refusal_procedure: str | None = None
    channel: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)

    def takes(self, kind: str) -> bool:
        """Whether a request of *kind* may rest on it."""
        return kind in self.kinds

    def fields_for(self, kind: str | None) -> tuple[FormField, ...]:
        """The fields of its form for a request of *kind*."""
        return tuple(each for each in self.form_fields if each.belongs_to(kind))

    def required_fields(self, kind: str | None) -> tuple[str, ...]:
        """Names of the fields without which a request of *kind* cannot be sent."""
        return tuple(each.name for each in self.fields_for(kind) if each.required)

    def ground(self, code: str) -> Ground | None:
        """The ground with *code*, or None."""
        return next((each for each in self.grounds if each.code == code), None)

    def needs_consultation(self, grounds: tuple[str, ...]) -> bool:
        """Whether a refusal on *grounds* has to be preceded by a consultation."""
        if self.consultation is None:
            return False
        return not self.consultation.grounds or any(code in self.consultation.grounds for code in grounds)


@dataclass(frozen=True, slots=True)
class Codes:
    """The code lists of the data file that a program needs: what each code does."""

    hard_stops: frozenset[str]
    lapsing_effects: frozenset[str]
    climbing_natures: frozenset[str]
    stops: Mapping[str, "Stop"]
    counting_by_state: Mapping[str, str]
    events: Mapping[str, str]
    taxonomy: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop rule: the moves that open and end it; `only_under` names the instrument it belongs to."""

    code: str
    opens: tuple[str, ...]
    ends: tuple[str, ...]
    only_under: str | None = None


@dataclass(frozen=True, slots=True)
class Instruments:
    """All instruments in force here, national law beside them, and the code lists."""

    by_id: Mapping[str, Instrument]
    national: tuple[Row, ...]
    local: tuple[Row, ...]
    forms: Mapping[str, Form]
    codes: Codes
    schema_version: int
    as_of: date
    digest: str

    def __contains__(self, instrument: object) -> bool:
        return instrument in self.by_id

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self.by_id.values())

    def get(self, instrument: str) -> Instrument:
        """The instrument with this id.

        Raises:
            UnknownInstrument: there is none.
        """
        try:
            return self.by_id[instrument]
        except KeyError:
            raise UnknownInstrument(instrument) from None

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind of request that some instrument takes."""
        return frozenset(kind for each in self for kind in each.kinds)

    def grounds(self, instrument: str) -> tuple[Ground, ...]:
        """Grounds for refusal under *instrument*."""
        return self.get(instrument).grounds

    def form_fields(self, instrument: str, kind: str | None = None) -> tuple[FormField, ...]:
        """Fields of the form of *instrument* for a request of *kind*."""
        return self.get(instrument).fields_for(kind)

    def rows(self, instrument: str) -> tuple[Row, ...]:
        """Time limits of *instrument* itself, without national law."""
        return self.get(instrument).rows

    def every_row(self) -> Iterator[Row]:
        """Rows of all instruments, of national law and local ones."""
        for each in self:
            yield from each.rows
        yield from self.national
        yield from self.local

    def row(self, row: str) -> Row | None:
        """The row with this id, wherever it stands, or None."""
        return next((each for each in self.every_row() if each.id == row), None)
