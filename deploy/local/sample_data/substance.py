"""What the requests of the sample are about: legal basis, measures, subjects. Offices and things only; no word about a person."""

from collections.abc import Mapping

OFFENCES = ("fraud", "money_laundering", "corruption", "drug_trafficking", "cybercrime", "tax_fraud", "theft", "trafficking_in_human_beings", "forgery")

MEASURES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "assistance": (
        ("bank_records",), ("bank_records", "search"), ("hearing_by_video",), ("witness_hearing",), ("search",), ("subscriber_data",),
        ("company_records",), ("bank_records", "company_records", "witness_hearing"), ("traffic_data",), ("judicial_records",), ("expert_opinion",),
    ),
    "freezing": (("freezing_of_account",), ("freezing_of_property",)),
    "confiscation": (("confiscation_of_property",),),
    "service_of_documents": (("service_of_documents",),),
    "preservation": (("preservation_of_data",),),
    "production_order": (("subscriber_data",), ("traffic_data",)),
    "surrender": (("surrender",),),
    "transfer_of_proceedings": (("transfer_of_proceedings",),),
    "transfer_of_sentenced_person": (("transfer_of_sentenced_person",),),
}  # fmt: skip

SUBJECTS: Mapping[str, str] = {
    "bank_records": "Bank records of two accounts",
    "search": "Search of business premises",
    "hearing_by_video": "Hearing of a witness by video link",
    "witness_hearing": "Hearing of two witnesses",
    "subscriber_data": "Subscriber data of an address",
    "company_records": "Records of a limited company",
    "traffic_data": "Traffic data of a server",
    "judicial_records": "Extract from the criminal record",
    "expert_opinion": "Opinion of an accounting expert",
    "freezing_of_account": "Freezing of an account",
    "freezing_of_property": "Freezing of a vehicle and a flat",
    "confiscation_of_property": "Confiscation of proceeds",
    "service_of_documents": "Service of a summons",
    "preservation_of_data": "Preservation of stored data",
    "surrender": "Surrender of a person sought",
    "transfer_of_proceedings": "Transfer of criminal proceedings",
    "transfer_of_sentenced_person": "Transfer of a sentenced person",
}
SUBJECTS_OF_KINDS: Mapping[str, str] = {
    "joint_investigation_team": "Joint team on a fraud with several seats",
    "spontaneous_information": "Information on payments across the border",
    "enquiry": "Question on the competent authority",
}

EU = frozenset({"DE", "FR", "ES", "IT", "NL", "PL", "RO", "CZ"})
BASES: Mapping[tuple[str, str], str] = {
    # (kind, State, or EU, or * for any other) → instrument
    ("eio", "EU"): "EU-EIO",
    ("eaw", "EU"): "EU-EAW",
    ("eaw", "GB"): "EU-UK-TCA-SURR",
    ("mla", "GB"): "EU-UK-TCA-MLA",
    ("mla", "BR"): "UN-UNCAC",
    ("mla", "*"): "COE-030",
    ("extradition", "BR"): "UN-UNTOC",
    ("extradition", "*"): "COE-024",
    ("provisional_arrest", "BR"): "UN-UNTOC",
    ("provisional_arrest", "*"): "COE-024",
    ("freezing", "EU"): "EU-FC-2018-1805",
    ("confiscation", "EU"): "EU-FC-2018-1805",
    ("service_of_documents", "EU"): "EU-MLA-2000",
    ("service_of_documents", "GB"): "EU-UK-TCA-MLA",
    ("service_of_documents", "BR"): "UN-UNCAC",
    ("service_of_documents", "*"): "COE-030",
    ("preservation", "*"): "COE-185",
    ("production_order", "EU"): "EU-EEV-2023-1543",
    ("transfer_of_proceedings", "*"): "COE-030",
    ("transfer_of_sentenced_person", "EU"): "FD-2008-909",
    ("spontaneous_information", "BR"): "UN-UNTOC",
    ("spontaneous_information", "*"): "COE-182",
    ("spontaneous_information", "EU"): "EU-MLA-2000",
    ("joint_investigation_team", "EU"): "EU-MLA-2000",
    ("enquiry", "EU"): "EU-EIO",
    ("enquiry", "*"): "COE-030",
}


def instrument(kind: str, state: str) -> str:
    """The legal basis between the first authority's State and *state*."""
    return BASES.get((kind, state)) or (BASES.get((kind, "EU")) if state in EU else None) or BASES[(kind, "*")]


def measures_group(kind: str) -> str | None:
    """Which list of measures a request of *kind* takes from; None: it asks for none."""
    if kind in ("eio", "mla"):
        return "assistance"
    if kind in ("eaw", "extradition", "provisional_arrest"):
        return "surrender"
    return kind if kind in MEASURES else None
