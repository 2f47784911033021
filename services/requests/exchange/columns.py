"""The columns of a register, as one table: docs/import.md, the template file and the plan of a row are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.facts.codes import Side

FIELD_PREFIX = "field."
"""A column `field.NAME` holds the field NAME of the instrument's form."""


class CellType(StrEnum):
    """How the cell of a column is read."""

    TEXT = "text"
    CODE = "code"
    LIST = "list"
    FLAG = "yes or no"
    DATE = "date"
    MOMENT = "date, with or without time"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the file, how its cell is read, what it says; `only` names a direction."""

    name: str
    type: CellType
    about: str
    only: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A move that the date in a column stands for, in the order of a request's life.

    Attributes:
        members: member of the move → column that gives it; a value that the column leaves empty comes from `otherwise`.
        per_person: the move is about the one person of the row.
        owner: whose move it is; None: the own side's.
    """

    column: str
    move: str
    owner: Side | None
    members: Mapping[str, str] = field(default_factory=dict)
    otherwise: Mapping[str, object] = field(default_factory=dict)
    per_person: bool = False


OUTGOING, INCOMING = "outgoing", "incoming"
UNSAID = "Not said in the register"
T = CellType

COLUMNS: tuple[Column, ...] = (
    Column("direction", T.CODE, "outgoing: this authority asks; incoming: this authority is asked", required=True),
    Column("own_reference", T.TEXT, "This authority's own reference", required=True),
    Column("counterpart", T.TEXT, "Id of the other authority in the directory", required=True),
    Column("counterpart_reference", T.TEXT, "The other authority's reference. Of an incoming request it is what tells doubles apart"),
    Column("kind", T.CODE, "Kind of request: mla, eio, extradition, eaw, …", required=True),
    Column("instrument", T.CODE, "Legal basis, by the ids of GET /v1/instruments", required=True),
    Column("instrument_as_of", T.DATE, "Version of the instrument that counts"),
    Column("also_under", T.LIST, "Protocols that stand beside the instrument"),
    Column("case", T.TEXT, "Case number of the proceedings"),
    Column("subject", T.TEXT, "Subject line. No names of persons"),
    Column("offences", T.LIST, "Offence groups"),
    Column("proceedings", T.CODE, "Type of proceedings"),
    Column("languages", T.LIST, "Languages of the request, ISO 639"),
    Column("measures", T.LIST, "Types of measure asked for, one line of the request each"),
    Column("persons", T.LIST, "Roles of the persons concerned, one each: suspect, convicted, victim, witness, other. Never names"),
    Column("urgency", T.CODE, "routine, urgent or emergency"),
    Column("urgency_reason", T.TEXT, "Why it is urgent"),
    Column("needed_by", T.DATE, "The outside date behind the urgency"),
    Column("confidentiality", T.CODE, "normal, restricted or confidential"),
    Column("notification_required", T.FLAG, "Of a production order: whether the enforcing State is notified"),
    Column("channel", T.CODE, "How it travelled: portal, e-codex, post, diplomatic, interpol, email"),
    Column("note", T.TEXT, "A remark; kept sealed"),
    Column("drafted", T.MOMENT, "Begun; without it, when it was sent", only=OUTGOING),
    Column("sent", T.MOMENT, "Sent", only=OUTGOING),
    Column("received", T.MOMENT, "Incoming: received here. Outgoing: when the competent authority had it"),
    Column("sent_back", T.MOMENT, "Sent back as deficient"),
    Column("missing", T.LIST, "What was missing then"),
    Column("sent_again", T.MOMENT, "Sent anew after that", only=OUTGOING),
    Column("acknowledged", T.MOMENT, "Receipt acknowledged"),
    Column("forwarded", T.MOMENT, "Forwarded"),
    Column("forwarded_to", T.TEXT, "Id of the authority it was forwarded to"),
    Column("information_requested", T.MOMENT, "Further information asked for"),
    Column("information_items", T.LIST, "What was asked"),
    Column("information_supplied", T.MOMENT, "Further information given"),
    Column("postponed", T.MOMENT, "Execution postponed"),
    Column("postponement_reason", T.TEXT, "Why"),
    Column("resumed", T.MOMENT, "Execution resumed"),
    Column("decided", T.MOMENT, "Execution granted"),
    Column("decision", T.CODE, "granted (when empty) or granted_in_part"),
    Column("arrested", T.MOMENT, "The person was arrested"),
    Column("consented", T.MOMENT, "The person consented to surrender"),
    Column("surrender_decided", T.MOMENT, "Final decision on surrender"),
    Column("surrender_outcome", T.CODE, "granted (when empty) or refused"),
    Column("surrender_agreed", T.MOMENT, "The two sides agreed on a day of surrender"),
    Column("surrender_date", T.DATE, "The day they agreed on"),
    Column("surrendered", T.MOMENT, "The person was handed over"),
    Column("released", T.MOMENT, "The person was released"),
    Column("executed", T.MOMENT, "Carried out"),
    Column("execution", T.CODE, "full (when empty) or part"),
    Column("returned", T.MOMENT, "Results returned, finally"),
    Column("receipt_confirmed", T.MOMENT, "Receipt of the results confirmed"),
    Column("refused", T.MOMENT, "Refused"),
    Column("refusal_grounds", T.LIST, "Grounds, by the codes of the instrument"),
    Column("refused_by", T.CODE, "court, minister or central_authority"),
    Column("consulted", T.DATE, "When the other side was consulted before the refusal"),
    Column("withdrawn", T.MOMENT, "Withdrawn"),
    Column("withdrawal_reason", T.TEXT, "Why"),
    Column("closed", T.MOMENT, "Closed otherwise"),
    Column("closing_reason", T.CODE, "superseded, duplicate, impossible, lapsed, discarded or other (when empty)"),
    Column("reopened", T.MOMENT, "Reopened after its end"),
    Column("reopening_reason", T.TEXT, "Why"),
)
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}

ASKING, ASKED = Side.REQUESTING, Side.REQUESTED
STEPS: tuple[Step, ...] = (
    Step("sent", "send", ASKING, {"channel": "channel"}),
    Step("sent_back", "send_back", ASKED, {"missing": "missing"}, {"missing": [UNSAID]}),
    Step("sent_again", "send", ASKING, {"channel": "channel"}),
    Step("acknowledged", "acknowledge", ASKED),
    Step("forwarded", "forward", ASKED, {"to": "forwarded_to"}),
    Step("information_requested", "request_information", ASKED, {"items": "information_items"}, {"items": [UNSAID]}),
    Step("information_supplied", "supply_information", ASKING, {"items": "information_items"}, {"items": [UNSAID]}),
    Step("postponed", "postpone", ASKED, {"reason": "postponement_reason"}, {"reason": "other"}),
    Step("resumed", "resume", ASKED, {}, {"reason": "other"}),
    Step("arrested", "arrest", ASKED, per_person=True),
    Step("consented", "give_consent", ASKED, per_person=True),
    Step("decided", "decide", ASKED, {"outcome": "decision"}, {"outcome": "granted"}),
    Step("surrender_decided", "decide_surrender", ASKED, {"outcome": "surrender_outcome"}, {"outcome": "granted"}, per_person=True),
    Step("surrender_agreed", "agree_surrender_date", ASKED, {"date": "surrender_date"}, per_person=True),
    Step("surrendered", "surrender", ASKED, per_person=True),
    Step("released", "release", ASKED, per_person=True),
    Step("executed", "execute", ASKED, {"outcome": "execution"}, {"outcome": "full"}),
    Step("returned", "return", ASKED, {}, {"final": True}),
    Step("receipt_confirmed", "confirm_receipt", ASKING),
    Step("refused", "refuse", ASKED, {"grounds": "refusal_grounds", "decided_by": "refused_by", "consulted_at": "consulted"}),
    Step("withdrawn", "withdraw", ASKING, {"reason": "withdrawal_reason"}, {"reason": UNSAID}),
    Step("closed", "close", None, {"reason": "closing_reason"}, {"reason": "other"}),
    Step("reopened", "reopen", None, {"reason": "reopening_reason"}, {"reason": UNSAID}),
)
"""In the order of a request's life; what happened on the same day happened in this order."""


def is_field(name: str) -> bool:
    """Whether *name* is a column of the instrument's form."""
    return name.startswith(FIELD_PREFIX) and len(name) > len(FIELD_PREFIX)


def is_column(name: str) -> bool:
    """Whether a register may have a column *name*."""
    return name in BY_NAME or is_field(name)


def template() -> str:
    """The header line of an empty register, as CSV."""
    return ",".join(column.name for column in COLUMNS) + "\r\n"
