"""How many requests of which kind, in which direction, with which State: from published volumes, so that the sample looks like a real register.

Each entry names the row of data/real_volumes.csv that it rests on. Kinds for which nothing is published get a small fixed number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from deploy.local.sample_data.volumes import Volume, average

Key = TypeVar("Key")

OUT, IN = "outgoing", "incoming"
IRELAND, AUSTRALIA, FARO, ESTONIA = "Ireland Department of Justice", "Australia AGD", "Portugal, Faro district", "Estonia Prosecutor's Office"
EU_STATES = ("DE", "FR", "ES", "IT", "NL", "PL", "RO")

YEARLY: Mapping[tuple[str, str], tuple[str, str, str, float]] = {
    # (kind, direction) → authority, kind and metric of the row, and its factor to a year of one authority
    ("eaw", OUT): (IRELAND, "EAW", "warrants_issued", 1),
    ("eaw", IN): (IRELAND, "EAW", "warrants_received", 1),
    ("extradition", OUT): (AUSTRALIA, "extradition", "new", 1),
    ("extradition", IN): (AUSTRALIA, "extradition", "new", 1),
    ("transfer_of_sentenced_person", OUT): (AUSTRALIA, "transfer_of_prisoners", "applications_to_transfer_from_country", 1),
    ("transfer_of_sentenced_person", IN): (AUSTRALIA, "transfer_of_prisoners", "applications_to_transfer_to_country", 1),
    ("assistance", OUT): (FARO, "MLA_and_EIO", "requests_sent", 2),  # half a year
    ("assistance", IN): (ESTONIA, "MLA", "requests_received", 1),
}
"""`assistance` is mutual assistance and investigation orders together, as the source counts them; the State decides which it is."""

UNPUBLISHED: Mapping[tuple[str, str], int] = {
    ("freezing", OUT): 6, ("freezing", IN): 5, ("confiscation", OUT): 3, ("confiscation", IN): 3, ("service_of_documents", OUT): 5,
    ("service_of_documents", IN): 6, ("preservation", OUT): 5, ("preservation", IN): 3, ("production_order", OUT): 5, ("provisional_arrest", OUT): 2,
    ("provisional_arrest", IN): 3, ("transfer_of_proceedings", OUT): 3, ("transfer_of_proceedings", IN): 2, ("spontaneous_information", OUT): 2,
    ("spontaneous_information", IN): 3, ("joint_investigation_team", OUT): 2, ("enquiry", IN): 4, ("enquiry", OUT): 2,
}  # fmt: skip

COUNTERPARTS: Mapping[str, Mapping[str, tuple[str, str, str, str]]] = {
    # group of kinds → State → (authority, direction, kind, metric)
    "assistance": {
        "GB": (f"{FARO} (counterpart United Kingdom and Ireland)", OUT, "MLA_and_EIO", "requests_sent"),
        "ES": (f"{FARO} (counterpart Spain)", OUT, "MLA_and_EIO", "requests_sent"),
        "DE": (f"{FARO} (counterpart Germany)", OUT, "MLA_and_EIO", "requests_sent"),
        "FR": (f"{FARO} (counterpart France)", OUT, "MLA_and_EIO", "requests_sent"),
        "NL": (f"{FARO} (counterpart Netherlands)", OUT, "MLA_and_EIO", "requests_sent"),
        "IT": (f"{FARO} (counterpart Italy)", OUT, "MLA_and_EIO", "requests_sent"),
        "BR": (f"{FARO} (counterpart Brazil)", OUT, "MLA_and_EIO", "requests_sent"),
    },
    "eaw": {
        "FR": ("France", OUT, "EAW", "warrants_issued"),
        "PL": ("Poland", OUT, "EAW", "warrants_issued"),
        "ES": ("Spain", OUT, "EAW", "warrants_issued"),
        "NL": ("Netherlands", OUT, "EAW", "warrants_issued"),
        "IT": ("Italy", OUT, "EAW", "warrants_issued"),
        "GB": ("United Kingdom", OUT, "EAW", "warrants_issued"),
        "RO": ("Romania", IN, "EAW", "persons_arrested"),
        "DE": ("Germany", IN, "EAW", "warrants"),
    },
    "extradition": {
        "CH": ("Switzerland FOJ", IN, "extradition", "requests_received"),
        "BR": ("Brazil DRCI", IN, "extradition", "new_requests"),
        "TR": ("Germany (counterpart Turkiye)", IN, "extradition", "requests_received"),
    },
}
UNPUBLISHED_SHARE: Mapping[str, Mapping[str, float]] = {"assistance": {"CH": 0.12, "PL": 0.10, "RO": 0.04, "TR": 0.04}, "eaw": {}, "extradition": {}}
"""Share of States of the sample for which this source has no row."""


@dataclass(frozen=True, slots=True)
class Place:
    """One request to be made: its kind, its direction as the first authority sees it, the other State."""

    kind: str
    direction: str
    state: str


@dataclass(frozen=True, slots=True)
class Shares:
    """Published shares and durations that courses follow."""

    refused_eaw: float
    consent: float
    days_with_consent: float
    days_without_consent: float
    days_to_execute: float
    days_to_execute_partners: float


def shares(volumes: Sequence[Volume]) -> Shares:
    """What the published figures say about outcomes and durations."""
    refused = average(volumes, "EU Member States (26 reporting)", IN, "EAW", "refused")
    surrendered = average(volumes, "EU Member States (total)", OUT, "EAW", "persons_surrendered_approx")
    days = "average_days_arrest_to_decision"
    return Shares(
        refused / (refused + surrendered),
        average(volumes, "EU Member States (total)", IN, "EAW", "consent_share_percent") / 100,
        average(volumes, "EU Member States (total)", IN, "EAW", f"{days}_with_consent"),
        average(volumes, "EU Member States (total)", IN, "EAW", f"{days}_without_consent"),
        average(volumes, "Switzerland (all authorities)", IN, "MLA", "average_days_to_execute"),
        average(volumes, "Partner States of Switzerland", OUT, "MLA", "average_days_to_execute"),
    )


def places(volumes: Sequence[Volume], count: int, rng: Random) -> list[Place]:
    """*count* requests to be made, in no particular order."""
    yearly = {key: average(volumes, row[0], key[1], row[1], row[2]) * row[3] for key, row in YEARLY.items()}
    fixed = {key: max(1, round(number * count / 400)) for key, number in UNPUBLISHED.items()}
    numbers = apportioned(yearly, count - sum(fixed.values())) | fixed
    made = [place for (kind, direction), number in numbers.items() for place in _of_kind(volumes, kind, direction, number)]
    rng.shuffle(made)
    return made


def _of_kind(volumes: Sequence[Volume], kind: str, direction: str, number: int) -> list[Place]:
    states = apportioned(_state_weights(volumes, _group(kind), kind), number)
    return [Place(_actual_kind(kind, state), direction, state) for state, each in states.items() for _ in range(each)]


def _group(kind: str) -> str:
    if kind in ("extradition", "provisional_arrest"):
        return "extradition"
    return "eaw" if kind == "eaw" else "assistance"


def _state_weights(volumes: Sequence[Volume], group: str, kind: str) -> dict[str, float]:
    published = {state: average(volumes, *row) for state, row in COUNTERPARTS[group].items()}
    weights = {state: weight / sum(published.values()) for state, weight in published.items()}
    weights.update(UNPUBLISHED_SHARE[group])
    if kind in ("freezing", "confiscation", "joint_investigation_team", "transfer_of_sentenced_person"):
        return {state: weight for state, weight in weights.items() if state in EU_STATES}
    if kind == "production_order":
        return {"NL": 1.0}
    if kind == "transfer_of_proceedings":
        return {"CH": 2.0, "TR": 1.0}
    if kind == "preservation":
        return {"GB": 2.0, "CH": 1.0, "BR": 1.0}
    return weights


def _actual_kind(kind: str, state: str) -> str:
    return kind if kind != "assistance" else "eio" if state in EU_STATES else "mla"


def apportioned(weights: Mapping[Key, float], total: int) -> dict[Key, int]:
    """*total* divided after *weights*, in whole numbers that add up: the largest remainders are rounded up."""
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    made = {key: int(value) for key, value in exact.items()}
    for key in sorted(exact, key=lambda each: made[each] - exact[each])[: total - sum(made.values())]:
        made[key] += 1
    return made
