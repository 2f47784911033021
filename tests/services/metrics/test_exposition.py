"""The series of figures-1 section 9, from rows: the same on every replica, and no counter ever falls."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from psycopg import Connection

from tests.services.metrics.envelopes import W, envelope, follow, follow_directory, follow_given, given_lines, reach, request_id

ALLOWED_LABELS = {"method", "status", "direction", "kind", "stage", "outcome", "row", "state", "quantile", "level", "projection", "le"}


def samples(client: Any) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = client.get("/metrics").data.decode()
    families = text_string_to_metric_families(text)
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families for sample in family.samples}


def total(found: dict[Any, float], name: str, **labels: str) -> float:
    return sum(value for (series, own), value in found.items() if series == name and labels.items() <= dict(own).items())


def test_every_series_has_its_value_from_the_rows(client: Any, conn: Connection[Any]) -> None:
    follow_given(conn)
    found = samples(client)

    # R15 (duplicate) and R16 arrived, R13 was an order when it arrived, R37 is no request: 24 in to de-central, 1 in to pt-central.
    incoming = [line for line in given_lines() if "RequestRegistered" in {fact["type"] for fact in line["facts"]} and line["request"] != "R37"]
    between_members = 3  # R03, R04 and R24 are outgoing for one member and incoming for the other
    assert total(found, "mlat_requests_received_total", direction="incoming") == len(incoming) + between_members
    assert total(found, "mlat_escalations_total") == 5
    assert total(found, "mlat_account_difference") == 0
    assert total(found, "mlat_requests_overdue", direction="outgoing", kind="mla") == 2  # R08 and R36
    assert total(found, "mlat_clocks", row="LOCAL-MLA-180", state="overdue") == 2
    assert found["mlat_figures_watermark_timestamp_seconds", ()] == W.timestamp() - 1e-6


def test_labels_never_name_a_state_an_authority_a_person_or_a_case(client: Any, conn: Connection[Any]) -> None:
    follow_given(conn)
    found = samples(client)

    assert {name for _, labels in found for name, _ in labels} <= ALLOWED_LABELS
    assert not [value for _, labels in found for _, value in labels if "central" in value]


def test_a_correction_leaves_the_counters_and_moves_the_gauges(client: Any, conn: Connection[Any]) -> None:
    follow_given(conn)
    before = samples(client)
    void = {"id": "R08.90", "type": "FactCorrected", "occurred_at": "2026-11-02T00:00:00Z", "recorded_at": "2026-11-02T00:00:00Z"}
    follow(conn, [envelope({**void, "fact": "R08.2", "values": {"void": True}}, request_id("R08"), 14)])
    reach(conn, W.replace(day=3))
    after = samples(client)

    assert total(after, "mlat_requests_received_total") == total(before, "mlat_requests_received_total")
    assert total(after, "mlat_requests_open") == total(before, "mlat_requests_open") - 1


def test_turnaround_is_of_closed_requests_only(client: Any, conn: Connection[Any]) -> None:
    follow_directory(conn)
    facts: list[dict[str, Any]] = [
        {"id": "R91.1", "type": "RequestRegistered", "occurred_at": "2026-01-01T00:00:00Z", "recorded_at": "2026-01-01T00:00:00Z", **SIDES},
        {"id": "R91.2", "type": "ResultsReturned", "occurred_at": "2026-01-09T00:00:00Z", "recorded_at": "2026-01-09T00:00:00Z", "final": True},
    ]
    follow(conn, [envelope(fact, request_id("R91"), place) for place, fact in enumerate(facts, start=1)])
    follow(conn, [envelope({**facts[0], "id": "R92.1"}, request_id("R92"), 1)])
    reach(conn, W)
    found = samples(client)

    assert total(found, "mlat_request_turnaround_seconds_count", kind="mla") == 1
    assert total(found, "mlat_request_turnaround_seconds_bucket", le=str(7 * 86_400.0)) == 0
    assert total(found, "mlat_request_turnaround_seconds_bucket", le=str(14 * 86_400.0)) == 1
    assert total(found, "mlat_turnaround_km_seconds") == 0


SIDES: dict[str, Any] = {"kind": "mla", "requesting": {"authority": "fr-central", "state": "FR"}, "requested": {"authority": "de-central", "state": "DE"}}


def test_before_anything_is_known_only_freshness_is_said(client: Any) -> None:
    found = samples(client)

    assert not [name for name, _ in found if name.startswith("mlat_requests")]
