"""The waiting curves are computed from time to time, by the zones of the members at that moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from services.metrics.courses.settling import settle_everything
from services.metrics.domain.elements import micros
from services.metrics.series.queries import quantiles
from services.metrics.series.waiting import EVERY, keep_quantiles
from tests.services.metrics.envelopes import W, envelope, follow, follow_directory, reach, request_id

SIDES: dict[str, Any] = {"kind": "mla", "requesting": {"authority": "fr-central", "state": "FR"}, "requested": {"authority": "de-central", "state": "DE"}}


def arrivals(conn: Connection[Any], first: int, days: list[int | None], at: datetime) -> None:
    """Requests that arrived at one moment and were returned after so many days, or not at all."""
    for number, took in enumerate(days, start=first):
        came = {"id": f"R{number}.1", "type": "RequestRegistered", "occurred_at": at.isoformat(), "recorded_at": at.isoformat(), **SIDES}
        facts: list[dict[str, Any]] = [came]
        if took is not None:
            back = (at + timedelta(days=took)).isoformat()
            facts.append({"id": f"R{number}.2", "type": "ResultsReturned", "occurred_at": back, "recorded_at": back, "final": True})
        follow(conn, [envelope(fact, request_id(f"R{number}"), place) for place, fact in enumerate(facts, start=1)])


def test_nothing_is_computed_before_anything_is_known(conn: Connection[Any]) -> None:
    assert not keep_quantiles(conn)
    assert quantiles(conn) is None


def test_the_median_of_the_waits_of_two_years_is_kept_with_its_moment(conn: Connection[Any]) -> None:
    follow_directory(conn)
    arrivals(conn, 101, [10, 20, 30, 40, 50, 60, None, None, None, None], W - timedelta(days=200))
    arrivals(conn, 201, [1] * 20, W - timedelta(days=732))
    reach(conn, W)
    settle_everything(conn)
    found = quantiles(conn)

    # Ten waits, six of them ended: after 50 days five of ten still wait, so the median is 50; a tenth never remains.
    assert found is not None
    assert found.days == {("incoming", "mla", "0.5"): 50}
    assert found.known_at == W - timedelta(microseconds=1)


def test_days_are_those_of_the_member(conn: Connection[Any]) -> None:
    follow_directory(conn)
    # Arrived Sunday 2026-03-01 at 22:30 UTC, which is still Sunday in Berlin; returned thirty days later at the same hour,
    # which is summer time and so already Wednesday 2026-04-01 there: 31 local days.
    arrivals(conn, 301, [30] * 10, datetime(2026, 3, 1, 22, 30, tzinfo=UTC))
    reach(conn, W)
    settle_everything(conn)
    found = quantiles(conn)

    assert found is not None
    assert found.days[("incoming", "mla", "0.5")] == 31


def test_a_wait_of_730_days_ago_is_one_of_the_last_two_years_and_one_of_the_evening_before_is_not(conn: Connection[Any]) -> None:
    follow_directory(conn)
    # The last known moment is Sunday 2026-11-01 in Berlin; 730 days before is Friday 2024-11-01.
    arrivals(conn, 401, [7] * 10, datetime(2024, 10, 31, 23, 0, tzinfo=UTC))
    arrivals(conn, 501, [9] * 30, datetime(2024, 10, 31, 22, 59, tzinfo=UTC))
    reach(conn, W)
    settle_everything(conn)
    found = quantiles(conn)

    assert found is not None
    assert found.days == {("incoming", "mla", "0.5"): 7, ("incoming", "mla", "0.9"): 7}


def test_what_was_computed_lately_is_not_computed_again(conn: Connection[Any]) -> None:
    follow_directory(conn)
    reach(conn, W)
    assert keep_quantiles(conn)
    reach(conn, W + EVERY - timedelta(seconds=1))
    assert not keep_quantiles(conn)
    reach(conn, W + EVERY)

    assert keep_quantiles(conn)
    found = quantiles(conn)
    assert found is not None
    assert micros(found.known_at) == micros(W + EVERY) - 1
