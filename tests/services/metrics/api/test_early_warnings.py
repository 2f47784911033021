"""Early warnings over HTTP: those of the rows, as far as the reader may see the requests."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from tests.services.metrics.api.waiting_set import WAITING, day, lines
from tests.services.metrics.envelopes import follow_given, headers, request_id

PATH = "/v1/early-warnings"


def asked(client: Any, role: str = "head", **query: Any) -> Any:
    return client.get(PATH, query_string=query, headers=headers("de-central", role))


def test_what_will_probably_be_late_is_told_before_it_is(client: Any, conn: Connection[Any]) -> None:
    follow_given(conn, lines())

    answer = asked(client).json

    told = {name: answer[name] for name in ("authority", "at_least", "running", "too_few", "withheld", "count", "hidden")}
    assert told == {"authority": "de-central", "at_least": 0.5, "running": 1, "too_few": 0, "withheld": 0, "count": 1, "hidden": 0}
    line = answer["warnings"][0]
    assert (line["request"], line["probability"], line["adjusted_due"], line["days_left"]) == (request_id(WAITING), 0.5167, day(-14), 14)
    assert asked(client, at_least=0.6).json["count"] == 0


@pytest.mark.parametrize(
    "later",
    [
        pytest.param({}, id="from the beginning"),
        pytest.param({"type": "RequestAmended", "changes": {"confidentiality": "confidential"}}, id="by an amendment"),
        pytest.param({"type": "FactCorrected", "values": {"confidentiality": "confidential"}}, id="by a correction"),
    ],
)
def test_the_warning_of_a_confidential_request_is_counted_and_not_listed(client: Any, conn: Connection[Any], later: dict[str, Any]) -> None:
    told = lines(confidentiality="normal" if later else "confidential", by="de-central", desk="desk-9")
    waiting = next(line for line in told if line["request"] == WAITING)
    if later:
        at = waiting["facts"][-1]["recorded_at"]
        waiting["facts"].append({"id": f"{WAITING}.99", "occurred_at": at, "recorded_at": at, "fact": waiting["facts"][0]["id"], **later})
    follow_given(conn, told)

    answer = asked(client).json

    assert (answer["count"], answer["hidden"], answer["warnings"]) == (1, 1, [])


@pytest.mark.parametrize("share", ["likely", "1.5", "-0.1", "nan"])
def test_a_share_that_is_none_names_the_parameter(client: Any, conn: Connection[Any], share: str) -> None:
    follow_given(conn, [])

    answer = asked(client, at_least=share)

    assert (answer.status_code, [fault["pointer"] for fault in answer.json["errors"]]) == (400, ["?at_least"])


def test_who_administers_gets_no_early_warnings(client: Any, conn: Connection[Any]) -> None:
    follow_given(conn, [])

    assert asked(client, "administrator").status_code == 403
