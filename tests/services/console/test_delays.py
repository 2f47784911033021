"""The page of delays: its parts agree, every number opens its requests, what is missing says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from services.console.apis import ProblemAnswer
from services.metrics.domain.errors import AccountDoesNotClose
from tests.services.console.answering import KEY, Standin, console, counting, listing, problem_of, row, wire_id

PERIOD = "from=2025-01-01&to=2026-01-01"
LINK = re.compile(r'<a href="(/delays/requests\?[^"]*)">([^<]*)</a>')
HEADING = re.compile(r"<h1>(\d+) ")


def signed_in(folder: Path, **services: Any) -> tuple[FlaskClient, Standin, Standin]:
    app, metrics, requests = console(folder, **services)
    client = app.test_client()
    client.post("/sign-in", data={"key": KEY})
    return client, metrics, requests


def links(page: str) -> list[tuple[str, str]]:
    return [(unescape(address), unescape(text).strip()) for address, text in LINK.findall(page)]


@pytest.mark.parametrize(
    "asked", ["direction=incoming", "direction=outgoing&stage=to_return&days=net", "direction=incoming&kind=eio&compared_with=2025-06-01T00:00:00Z"]
)
def test_every_number_opens_as_many_requests(tmp_path: Path, asked: str) -> None:
    client, _, _ = signed_in(tmp_path)
    page = client.get(f"/delays?{PERIOD}&{asked}").text
    found = links(page)

    assert len(found) > 20
    for address, text in dict(found).items():
        opened = int(HEADING.search(client.get(address).text).group(1))  # type: ignore[union-attr]  # a page without a number is a failure
        number = re.fullmatch(r"(?:n = )?(\d+)(?: (?:open|longer|overdue))?", text)
        counts_others = "cell=limits." in address or "cell=account.closed_total" in address
        assert opened > 0 or text.startswith("0"), (address, text)
        assert number is None or (opened <= int(number.group(1)) if counts_others else opened == int(number.group(1))), (address, text)


def test_all_parts_of_the_page_are_asked_as_known_at_the_same_minute(tmp_path: Path) -> None:
    client, metrics, _ = signed_in(tmp_path)

    assert client.get("/delays").status_code == 200
    assert {asked["as_known_at"] for _, asked in metrics.asked} == {"2026-02-02T08:30:00Z"}
    assert len(metrics.asked) == 6


def test_where_this_minute_is_not_known_yet_the_latest_known_moment_is_taken_for_all(tmp_path: Path) -> None:
    def lagging(path: str, asked: Mapping[str, Any]) -> Any:
        if asked["as_known_at"] > "2026-02-02T08:21":
            raise ProblemAnswer(409, {"code": "beyond_watermark", "parameters": {"latest": "2026-02-02T08:20:30.5Z"}})
        return counting(path, asked)

    client, metrics, _ = signed_in(tmp_path, metrics=lagging)
    page = client.get("/delays?direction=incoming").text

    assert {asked["as_known_at"] for _, asked in metrics.asked[-6:]} == {"2026-02-02T08:20:30.5Z"}
    assert "Newer facts are on their way" in page
    assert 'class="c-page--stale"' in page


def test_the_way_back_keeps_the_address_and_the_moment_of_knowledge(tmp_path: Path) -> None:
    client, _, _ = signed_in(tmp_path)
    page = client.get(f"/delays?{PERIOD}&direction=incoming&stage=to_return&days=net&as_known_at=2026-01-31T10:00").text
    opened = client.get(links(page)[0][0]).text
    back = parse_qs(urlsplit(unescape(re.search(r'href="(/delays\?[^"]*)">Back', opened).group(1))).query)  # type: ignore[union-attr]  # as above

    expected = {"direction": "incoming", "from": "2025-01-01", "to": "2026-01-01", "stage": "to_return", "days": "net", "as_known_at": "2026-01-31T09:00:00Z"}
    assert {name: values[0] for name, values in back.items()} == expected


def test_what_the_desk_may_not_see_is_counted_and_said(tmp_path: Path) -> None:
    def keeping_back(path: str, asked: Mapping[str, Any]) -> Any:
        return {"requests": [row(id) for id in str(asked["id"]).split(",")][2:], "next": None} if path == "/v1/requests" else listing(path, asked)

    client, _, _ = signed_in(tmp_path, requests=keeping_back)
    page = client.get(f"/delays/requests?{PERIOD}&direction=incoming&cell=account.new").text

    assert "<h1>18 incoming requests received</h1>" in page
    assert "2 more that your desk cannot see." in page
    assert page.count('class="c-ref"') == 16


def test_the_list_begins_with_what_is_overdue_the_oldest_first(tmp_path: Path) -> None:
    client, _, _ = signed_in(tmp_path)
    page = client.get(f"/delays/requests?{PERIOD}&direction=incoming&cell=account.new").text
    numbers = [int(number) for number in re.findall(r"<bdi>E (\d+)/25", page)]

    assert numbers == sorted(numbers, key=lambda number: (number % 2 == 1, number % 28, number))


def test_a_list_of_one_counterpart_says_whom_to_call_and_when(tmp_path: Path) -> None:
    client, _, _ = signed_in(tmp_path)
    page = client.get(f"/delays/requests?{PERIOD}&direction=incoming&counterpart=FR&cell=account.new").text

    assert "<h1>4 requests from France received</h1>" in page
    assert "Central Authority of FR</b>. Phone: <bdi>+00 1</bdi>. Hours: Mon-Fri 9-16." in page


def test_a_book_that_does_not_close_hides_what_rests_on_it_and_says_which_requests_cause_it(tmp_path: Path) -> None:
    def open_books(path: str, asked: Mapping[str, Any]) -> Any:
        raise ProblemAnswer(500, problem_of(AccountDoesNotClose(2, ("R7", "R9"))))

    client, _, _ = signed_in(tmp_path, metrics=open_books)
    answer = client.get("/delays")

    assert answer.status_code == 500
    assert "The books do not close <span>the two sides differ by 2</span>" in answer.text
    assert all(f"/requests/{wire_id(name)}" in answer.text for name in ("R7", "R9"))
    assert "c-figs" not in answer.text
    assert "<table" not in answer.text


def test_what_is_likely_to_be_late_is_said_for_the_direction_that_is_asked_for(tmp_path: Path) -> None:
    client, _, _ = signed_in(tmp_path)
    block = client.get(f"/delays?{PERIOD}&direction=incoming").text.split("Likely to be late")[1].split("</section>")[0]

    assert "E 9001/25" in block
    assert "9 in 10" in block
    assert "Execute by Mon 16 Feb 2026; France; n = 41." in block
    assert "9002" not in block


def test_figures_that_cannot_be_read_take_only_their_part_away(tmp_path: Path) -> None:
    client, metrics, requests = signed_in(tmp_path)
    metrics.away.add("/v1/early-warnings")
    requests.away.add("/v1/authorities")
    page = client.get(f"/delays?{PERIOD}&direction=incoming").text

    assert "The books close" in page
    assert "What is likely to be late cannot be read just now." in page


def test_figures_that_cannot_be_read_at_all_are_said_and_can_be_asked_again(tmp_path: Path) -> None:
    client, metrics, _ = signed_in(tmp_path)
    metrics.away.add("/v1/figures")

    answer = client.get("/delays")

    assert answer.status_code == 503
    assert "The metrics service does not answer just now" in answer.text


@pytest.mark.parametrize(
    ("asked", "field"),
    [("from=yesterday", "f-from"), ("from=2026-01-01&to=2026-01-01", "f-to"), ("as_known_at=soon", "f-known"), ("compared_with=then", "f-compared")],
)
def test_what_cannot_be_read_in_the_address_is_said_at_its_field(tmp_path: Path, asked: str, field: str) -> None:
    client, metrics, _ = signed_in(tmp_path)
    answer = client.get(f"/delays?{asked}")

    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert metrics.asked == []


def test_the_head_of_an_authority_lands_on_the_delays(tmp_path: Path) -> None:
    app, _, _ = console(tmp_path)

    assert app.test_client().post("/sign-in", data={"key": KEY}).headers["Location"] == "/delays"
