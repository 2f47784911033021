"""What was known at a moment: corrections, voids, reclassifications and amended drafts."""

from __future__ import annotations

import pytest

from services.metrics.domain.knowledge import as_known_at
from tests.services.metrics.domain.told import LAST, Told, arrived, at, known, stream


def corrected(when: str, fact: int, **values: object) -> Told:
    return ("FactCorrected", when, {"fact": str(fact), "values": values})


def test_nothing_is_known_before_the_first_fact_was_recorded() -> None:
    told = stream(arrived("2025-01-10", recorded="2025-03-01"))

    assert as_known_at(told, at("2025-02-28")) is None
    assert as_known_at(told, at("2025-03-01")) is not None


def test_facts_stand_in_order_of_what_happened_then_of_version() -> None:
    found = known(arrived("2025-01-10"), ("PersonArrested", "2025-01-02", {"person": "p1"}), ("RequestAcknowledged", "2025-01-10", {}))

    assert [fact.type for fact in found.facts] == ["PersonArrested", "RequestRegistered", "RequestAcknowledged"]


@pytest.mark.parametrize(
    ("corrections", "arrival"),
    [
        pytest.param([], "2025-01-10", id="uncorrected"),
        pytest.param([corrected("2025-02-01", 1, occurred_at="2025-01-08T08:00:00Z")], "2025-01-08", id="another day of receipt"),
        pytest.param(
            [corrected("2025-02-01", 1, occurred_at="2025-01-08T08:00:00Z"), corrected("2025-02-02", 1, occurred_at="2025-01-09T08:00:00Z")],
            "2025-01-09",
            id="the last correction wins",
        ),
        pytest.param(
            [corrected("2025-02-01", 1, occurred_at="2025-01-08T08:00:00Z"), corrected("2025-02-02", 2, void=True)],
            "2025-01-10",
            id="a correction that was itself void",
        ),
        pytest.param(
            [corrected("2025-02-01", 1, occurred_at="2025-01-08T08:00:00Z"), corrected("2025-02-02", 2, values={"occurred_at": "2025-01-07T08:00:00Z"})],
            "2025-01-07",
            id="a correction that was itself corrected",
        ),
        pytest.param([corrected("2025-02-01", 1, how="portal"), corrected("2025-02-02", 1, void=False)], "2025-01-10", id="other members leave the day"),
    ],
)
def test_the_day_of_receipt_is_the_corrected_one(corrections: list[Told], arrival: str) -> None:
    found = known(arrived("2025-01-10"), *corrections)

    assert found.arrival is not None
    assert found.arrival.occurred_at == at(arrival)


def test_a_void_fact_never_happened() -> None:
    found = known(arrived("2025-01-10"), ("RequestWithdrawn", "2025-02-01", {}), corrected("2025-03-01", 2, void=True))

    assert found.episodes[-1].ended_at is None


def test_a_void_arrival_leaves_a_request_that_never_came() -> None:
    assert known(arrived("2025-01-10"), corrected("2025-03-01", 1, void=True)).excluded == "never_sent"


def test_the_last_reclassification_by_version_holds_for_all_periods() -> None:
    told = (
        arrived("2025-01-10"),
        ("RequestReclassified", "2025-05-01", {"kind": "mla", "instrument": "COE-030"}),
        ("RequestReclassified", "2025-04-01", {"kind": "enquiry", "instrument": None, "recorded": "2025-06-01"}),
    )

    assert (known(*told).kind, known(*told).instrument, known(*told).excluded) == ("enquiry", None, "not_requests")
    assert known(*told, known_at=at("2025-05-15")).kind == "mla"


def test_an_amended_draft_is_what_was_sent() -> None:
    found = known(
        ("RequestDrafted", "2025-01-10", {}),
        ("RequestAmended", "2025-01-11", {"changes": {"kind": "mla", "measures": [{"id": "m1"}]}}),
        ("RequestSent", "2025-01-12", {}),
    )

    assert (found.kind, found.measures) == ("mla", ("m1",))


def test_persons_numbered_by_the_wire_are_those_of_this_request_only() -> None:
    full = known(arrived("2025-01-10", persons=[{"id": "p1", "role": "suspect"}, {"id": "0198-a", "role": "suspect"}]))

    assert [full.person(id) for id in full.persons] == ["A/p1", "0198-a"]
    assert known(arrived("2025-01-10")).person("p1") == "p1"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        pytest.param([("RequestDrafted", "2025-01-10", {})], "never_sent", id="a draft"),
        pytest.param([arrived("2025-01-10", kind="joint_investigation_team")], "not_requests", id="a joint team"),
        pytest.param([arrived("2025-01-10"), ("RequestClosed", "2025-02-01", {"reason": "duplicate"})], "duplicates", id="a duplicate"),
        pytest.param(
            [arrived("2025-01-10"), ("RequestClosed", "2025-02-01", {"reason": "duplicate"}), ("RequestReopened", "2025-03-01", {})],
            None,
            id="no duplicate after all",
        ),
        pytest.param([arrived("2025-01-10")], None, id="a request"),
    ],
)
def test_what_is_counted_in_no_period_says_why(told: list[Told], why: str | None) -> None:
    assert known(*told, known_at=LAST).excluded == why
