"""Which calls are counted, and under which labels."""

from __future__ import annotations

import pytest

from shared.web import calls


def counted(method: str, status: str) -> float:
    found = [sample for family in calls.SECONDS.collect() for sample in family.samples if sample.name.endswith("_count")]
    return sum(sample.value for sample in found if sample.labels == {"method": method, "status": status})


@pytest.mark.parametrize(
    ("route", "method", "told", "labels", "more"),
    [
        pytest.param("/v1/requests", "GET", "200", ("GET", "2xx"), 1, id="a call"),
        pytest.param("/v1/requests", "POST", "503", ("POST", "5xx"), 1, id="a failure"),
        pytest.param("/v1/requests", "BREW", "405", ("other", "4xx"), 1, id="a method that nobody knows"),
        pytest.param("/healthz", "GET", "200", ("GET", "2xx"), 0, id="whether it lives"),
        pytest.param("/readyz", "GET", "503", ("GET", "5xx"), 0, id="whether it is ready"),
        pytest.param("/metrics", "GET", "200", ("GET", "2xx"), 0, id="a scrape"),
    ],
)
def test_a_call_is_counted_by_method_and_class_of_status(route: str, method: str, told: str, labels: tuple[str, str], more: int) -> None:
    before = counted(*labels)

    calls.count(route, method, told, 0.01)

    assert counted(*labels) - before == more
