"""The closed lists of codes that facts are written in. A code is a plain string on the wire.

Open lists (measure types, offences, events) are not here: they are checked by pattern, or belong to an instrument.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What sort of request it is."""

    MLA = "mla"
    EIO = "eio"
    EXTRADITION = "extradition"
    EAW = "eaw"
    PROVISIONAL_ARREST = "provisional_arrest"
    FREEZING = "freezing"
    CONFISCATION = "confiscation"
    SERVICE_OF_DOCUMENTS = "service_of_documents"
    PRESERVATION = "preservation"
    PRODUCTION_ORDER = "production_order"
    TRANSFER_OF_PROCEEDINGS = "transfer_of_proceedings"
    TRANSFER_OF_SENTENCED_PERSON = "transfer_of_sentenced_person"
    SPONTANEOUS_INFORMATION = "spontaneous_information"
    JOINT_INVESTIGATION_TEAM = "joint_investigation_team"
    ENQUIRY = "enquiry"


# Tracked, but not requests: no figure counts them.
NOT_REQUESTS = frozenset({Kind.ENQUIRY, Kind.SPONTANEOUS_INFORMATION, Kind.JOINT_INVESTIGATION_TEAM})


class State(StrEnum):
    """Where a request stands."""

    DRAFTED = "drafted"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    EXECUTED = "executed"
    RETURNED = "returned"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


OPEN_STATES = frozenset({State.SENT, State.ACKNOWLEDGED, State.EXECUTED})
ENDED_STATES = frozenset({State.RETURNED, State.REFUSED, State.WITHDRAWN, State.CLOSED})


class Hold(StrEnum):
    """What lies over a state."""

    INFORMATION_REQUESTED = "information_requested"
    POSTPONED = "postponed"
    CONSULTATION = "consultation"
    TRANSLATION = "translation"
    SURRENDER_POSTPONED = "surrender_postponed"


class Side(StrEnum):
    """The State that asks, or the State that is asked."""

    REQUESTING = "requesting"
    REQUESTED = "requested"


class Role(StrEnum):
    """What a caller may do for its authority."""

    DESK = "desk"
    SUPERVISOR = "supervisor"
    HEAD = "head"
    INTEGRATOR = "integrator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


MOVING_ROLES = frozenset({Role.DESK, Role.SUPERVISOR, Role.HEAD, Role.INTEGRATOR})
READING_ROLES = frozenset(Role) - {Role.ADMINISTRATOR}
"""Who may see requests, and what hangs on them, at all."""


class UrgencyLevel(StrEnum):
    """How urgent a request is, in rising order."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Confidentiality(StrEnum):
    """Who of an authority may read a request."""

    NORMAL = "normal"
    RESTRICTED = "restricted"
    CONFIDENTIAL = "confidential"


class Channel(StrEnum):
    """How something travelled."""

    PORTAL = "portal"
    E_CODEX = "e-codex"
    POST = "post"
    DIPLOMATIC = "diplomatic"
    INTERPOL = "interpol"
    EMAIL = "email"


class PersonRole(StrEnum):
    """What a person is in the proceedings."""

    SUSPECT = "suspect"
    CONVICTED = "convicted"
    VICTIM = "victim"
    WITNESS = "witness"
    OTHER = "other"


class DecisionOutcome(StrEnum):
    """What a decision on execution says."""

    GRANTED = "granted"
    GRANTED_IN_PART = "granted_in_part"


class LineOutcome(StrEnum):
    """What a decision says of one measure or one person."""

    GRANTED = "granted"
    REFUSED = "refused"


class MeasureOutcome(StrEnum):
    """How a measure ended."""

    EXECUTED = "executed"
    REFUSED = "refused"
    IMPOSSIBLE = "impossible"
    ALTERNATIVE = "alternative"


class Execution(StrEnum):
    """Whether a request was carried out in full."""

    FULL = "full"
    PART = "part"


class DecidedBy(StrEnum):
    """Who refused."""

    COURT = "court"
    MINISTER = "minister"
    CENTRAL_AUTHORITY = "central_authority"


class ClosingReason(StrEnum):
    """Why a request was closed otherwise."""

    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    IMPOSSIBLE = "impossible"
    LAPSED = "lapsed"
    DISCARDED = "discarded"
    OTHER = "other"


class SurrenderObstacle(StrEnum):
    """Why a surrender was postponed."""

    FORCE_MAJEURE = "force_majeure"
    HUMANITARIAN = "humanitarian"
    OWN_PROCEEDINGS = "own_proceedings"


class LinkType(StrEnum):
    """How one request stands to another."""

    SUPPLEMENTS = "supplements"
    FOLLOWS_PRESERVATION = "follows_preservation"
    COMPETES_WITH = "competes_with"
    DUPLICATE_OF = "duplicate_of"
    UNDER_JIT = "under_jit"
    TRANSFERS_ENFORCEMENT_OF = "transfers_enforcement_of"
    ENFORCES = "enforces"


class CancelReason(StrEnum):
    """Why a clock was cancelled."""

    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    CLOSED = "closed"
    RETURNED = "returned"
    REPLACED = "replaced"
    CORRECTED = "corrected"
    RECLASSIFIED = "reclassified"
    DUPLICATE = "duplicate"
    RELEASED = "released"


# Reasons and topics that are codes and stay in clear; anything else is somebody's words and is sealed.
URGENCY_REASONS = frozenset({"hearing", "limitation", "release", "custody", "danger_to_life", "loss_of_evidence", "dissipation_of_assets", "travel", "other"})
POSTPONEMENT_REASONS = frozenset(
    {"ongoing_investigation", "domestic_proceedings", "in_use_elsewhere", "consultation", "translation", "legal_remedy", "humanitarian", "other"}
)
TOPICS = frozenset(
    {"dual_criminality", "proportionality", "costs", "conditions", "competence", "competing_requests", "transfer_of_proceedings", "surrender"}
    | {"grounds_for_refusal", "other"}
)
