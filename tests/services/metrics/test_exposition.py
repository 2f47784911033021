"""The series of figures-1 section 9, from rows: the same on every replica, and no counter ever falls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from prometheus_client.parser import text_string_to_metric_families
from psycopg import Connection

from services.metrics import exposition, queries
from services.metrics.courses.keeping import MOST_UNSETTLED
from services.metrics.courses.queries import facts_of_requests
from services.metrics.courses.settling import settle, settle_everything, streams_of
from services.metrics.domain.localdays import local_days
from services.metrics.domain.panel import Panel
from tests.services.metrics.domain.histories import LAST, registers
from tests.services.metrics.envelopes import W, envelope, follow, follow_directory, follow_given, given_lines, reach, request_id
from tests.services.metrics.naive import series as naive

ALLOWED_LABELS = {"method", "status", "direction", "kind", "stage", "outcome", "row", "state", "quantile", "level", "projection", "le"}


def samples(client: Any) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = client.get("/metrics").data.decode()
    families = text_string_to_metric_families(text)
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families for sample in family.samples}


def total(found: dict[Any, float], name: str, **labels: str) -> float:
    return sum(value for (series, own), value in found.items() if series == name and labels.items() <= dict(own).items())


def test_every_series_has_its_value_from_the_rows(client: Any, conn: Connection[Any]) -> None:
    follow_given(conn)
    settle_everything(conn)
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
    settle_everything(conn)
    found = samples(client)

    assert {name for _, labels in found for name, _ in labels} <= ALLOWED_LABELS
    assert not [value for _, labels in found for _, value in labels if "central" in value]


def test_a_correction_leaves_the_counters_and_moves_the_gauges(client: Any, conn: Connection[Any]) -> None:
    follow_given(conn)
    settle(conn)
    before = samples(client)
    void = {"id": "R08.90", "type": "FactCorrected", "occurred_at": "2026-11-02T00:00:00Z", "recorded_at": "2026-11-02T00:00:00Z"}
    follow(conn, [envelope({**void, "fact": "R08.2", "values": {"void": True}}, request_id("R08"), 14)])
    reach(conn, W.replace(day=3))
    settle(conn)
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
    settle(conn)
    found = samples(client)

    assert total(found, "mlat_request_turnaround_seconds_count", kind="mla") == 1
    assert total(found, "mlat_request_turnaround_seconds_bucket", le=str(7 * 86_400.0)) == 0
    assert total(found, "mlat_request_turnaround_seconds_bucket", le=str(14 * 86_400.0)) == 1
    assert total(found, "mlat_turnaround_km_seconds") == 0


SIDES: dict[str, Any] = {"kind": "mla", "requesting": {"authority": "fr-central", "state": "FR"}, "requested": {"authority": "de-central", "state": "DE"}}


def test_what_is_exported_is_what_all_facts_say_at_once(client: Any, conn: Connection[Any]) -> None:
    follow_given(conn)
    clocks = {"R95": ("2027-02-01", "2026-12-24"), "R96": ("2026-12-31", "2025-06-01")}
    for request, dues in clocks.items():
        came = {"id": f"{request}.1", "type": "RequestRegistered", "occurred_at": "2026-01-01T00:00:00Z", "recorded_at": "2026-01-01T00:00:00Z", **SIDES}
        runs = [
            {**came, "id": f"{request}.{place}", "type": "ClockStarted", "clock": f"c{place}", "row": "EIO-ACK", "zone": "Europe/Berlin", "adjusted_due": due}
            for place, due in enumerate(dues, start=2)
        ]
        held = {**came, "id": f"{request}.4", "type": "ClockSuspended", "clock": "c2"}
        follow(conn, [envelope(fact, request_id(request), place) for place, fact in enumerate([came, *runs, held], start=1)])
    settle_everything(conn)

    agrees(samples(client), conn, [*(line["request"] for line in given_lines()), *clocks], W - timedelta(microseconds=1))


@given(registers())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_random_histories_too(client: Any, conn: Connection[Any], lines: list[dict[str, Any]]) -> None:
    with conn.transaction():
        queries.empty_rows(conn, [])
    for line in lines:
        sides = {name: line["facts"][0][name] for name in ("requesting", "requested")}
        line["facts"] = [fact | sides if fact["type"] == "RequestRegistered" else fact for fact in line["facts"]]
    follow_given(conn, lines)
    reach(conn, LAST + timedelta(days=1))
    settle_everything(conn)

    agrees(samples(client), conn, [line["request"] for line in lines], LAST + timedelta(days=1, microseconds=-1))


def agrees(found: dict[Any, float], conn: Connection[Any], requests: list[str], known_at: datetime) -> None:
    """What is exported is what the naive count over the facts of all requests says."""
    streams = streams_of(facts_of_requests(conn, sorted(map(request_id, requests))))
    members = {authority: local_days(zone) for authority, zone in queries.members_now(conn)}
    counted, stands = naive.counted(streams, members), naive.standing(Panel.of(streams), members, known_at)
    next_due = None if stands.next_due is None else stands.next_due.timestamp()
    quantiles = {(*labels, str(share)): day * 86_400 for labels, own in stands.waits.items() for share, day in naive.km_quantiles(own).items()}

    assert labelled(found, "mlat_requests_received_total", "direction", "kind") == counted.received
    assert labelled(found, "mlat_requests_closed_total", "direction", "kind", "outcome") == counted.closed
    assert labelled(found, "mlat_escalations_total", "level") == {(level,): counted.escalations[level] for level in "1234"}
    assert labelled(found, "mlat_request_turnaround_seconds_count", "kind") == {(kind,): len(own) for kind, own in counted.turnaround.items()}
    assert labelled(found, "mlat_request_turnaround_seconds_sum", "kind") == {(kind,): sum(own) for kind, own in counted.turnaround.items()}
    assert labelled(found, "mlat_requests_open", "direction", "kind", "stage") == stands.open
    assert labelled(found, "mlat_requests_overdue", "direction", "kind") == stands.overdue
    assert labelled(found, "mlat_clocks", "row", "state") == stands.clocks
    assert labelled(found, "mlat_oldest_open_received_timestamp_seconds", "kind") == {(kind,): at.timestamp() for kind, at in stands.oldest.items()}
    assert labelled(found, "mlat_account_difference", "direction", "kind") == stands.difference
    assert found.get(("mlat_next_deadline_timestamp_seconds", ())) == next_due
    assert labelled(found, "mlat_turnaround_km_seconds", "direction", "kind", "quantile") == quantiles
    assert found["mlat_turnaround_km_computed_timestamp_seconds", ()] == known_at.timestamp()


def labelled(found: dict[Any, float], name: str, *labels: str) -> dict[tuple[str, ...], float]:
    return {tuple(dict(own)[label] for label in labels): value for (series, own), value in found.items() if series == name}


def test_while_too_much_is_unsettled_only_how_fresh_and_how_much_is_said(client: Any, conn: Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition, "MOST_UNSETTLED", 5)
    follow_given(conn)
    found = samples(client)

    assert 5 < found["mlat_figures_unsettled", ()] <= MOST_UNSETTLED
    assert found["mlat_figures_watermark_timestamp_seconds", ()] == W.timestamp() - 1e-6
    assert not [name for name, _ in found if name.startswith(("mlat_requests", "mlat_clocks", "mlat_account"))]

    while settle(conn):
        pass
    conn.execute("UPDATE series_reach SET changed_no = 0")
    found = samples(client)
    assert found["mlat_figures_unsettled", ()] == len(given_lines())
    assert not [name for name, _ in found if name.startswith(("mlat_requests", "mlat_clocks", "mlat_account"))]

    settle_everything(conn)
    assert samples(client)["mlat_figures_unsettled", ()] == 0


def test_before_anything_is_known_only_freshness_is_said(client: Any) -> None:
    found = samples(client)

    assert not [name for name, _ in found if name.startswith("mlat_requests")]
