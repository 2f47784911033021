"""A request travels through the whole system; the broker dies on the way, and everything arrives all the same."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from tests.e2e.system import System
from tests.waiting import until

SPINE = ["RequestDrafted", "RequestSent", "RequestAcknowledged", "DecisionTaken", "MeasureCompleted", "RequestExecuted", "ResultsReturned"]


class Receiver:
    """A national system that takes webhooks: it echoes challenges and keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = json.dumps({"challenge": message["challenge"]}).encode() if "challenge" in message else b""
                if "challenge" not in message:
                    outer.told.append({"id": self.headers["webhook-id"], **message})
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def travelled(system: System, receiver: Receiver) -> str:
    """The id of a request that was drafted, sent, acknowledged, executed and returned, with the broker killed between two moves."""
    for channel, target in (("webhook", receiver.url), ("mail", "desk@cz-central.example")):
        made = system.call("POST", "/v1/subscriptions", "KEY_INTEGRATOR", {"channel": channel, "target": target}, service="NOTIFICATIONS_URL")
        assert made.status == 201, made.body
    until(lambda: all(each["state"] == "active" for each in _subscriptions(system)), 60, "both subscriptions are verified")
    request = str(system.draft()["id"])
    assert system.move(request, "send", channel="portal").status == 200
    system.kill("kafka")
    for key, move, members in (
        ("KEY_DESK_OTHER", "acknowledge", {"reference": "E-1"}),
        ("KEY_DESK_OTHER", "decide", {"outcome": "granted"}),
        ("KEY_DESK_OTHER", "complete_measure", {"measure": "m1", "outcome": "executed"}),
        ("KEY_DESK_OTHER", "return", {"final": True, "items": [{"label": "Statements", "medium": "file"}]}),
    ):
        made = system.move(request, move, key, **members)
        assert made.status == 200, made.body
    return request


def _subscriptions(system: System) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = system.call("GET", "/v1/subscriptions", "KEY_INTEGRATOR", service="NOTIFICATIONS_URL").body["subscriptions"]
    return found


def _listed_states(system: System, request: str) -> list[str]:
    rows = system.call("GET", "/v1/requests?state=returned").body["requests"]
    return [row["state"] for row in rows if row["id"] == request]


def _moves_only(types: list[str]) -> list[str]:
    return [each for each in types if not each.startswith("Clock")]


def test_commands_go_on_while_the_broker_is_away(system: System, travelled: str) -> None:
    document = system.call("GET", f"/v1/requests/{travelled}").body

    assert (document["state"], document["measures"][0]["outcome"]) == ("returned", "executed")


def test_both_sides_read_the_same_history(system: System, travelled: str) -> None:
    histories = [system.call("GET", f"/v1/requests/{travelled}/history", key).body["facts"] for key in ("KEY_DESK", "KEY_DESK_OTHER")]

    assert _moves_only([fact["type"] for fact in histories[0]]) == SPINE
    assert histories[0] == histories[1]


def test_the_list_shows_it_returned(system: System, travelled: str) -> None:
    until(lambda: _listed_states(system, travelled) == ["returned"], 90, "the list shows the request as returned")


def test_every_fact_is_on_kafka_in_order_once_the_broker_is_back(system: System, travelled: str) -> None:
    until(lambda: _listed_states(system, travelled) == ["returned"], 90, "the broker is back and the list has followed")
    wanted = [fact["id"] for fact in system.call("GET", f"/v1/requests/{travelled}/history").body["facts"]]

    def on_kafka() -> list[str]:
        consumer = KafkaConsumer(bootstrap_servers=system.env["KAFKA_BOOTSTRAP"], consumer_timeout_ms=500, bootstrap_timeout_ms=20_000)
        try:
            places = [TopicPartition("mla.requests", number) for number in consumer.partitions_for_topic("mla.requests") or ()]
            consumer.assign(places)
            consumer.seek_to_beginning(*places)
            headers = [dict(record.headers) for record in consumer if record.key == travelled.encode()]
        finally:
            consumer.close(autocommit=False, timeout_ms=3000)
        return list(dict.fromkeys(each["ce_id"].decode() for each in headers))

    until(lambda: on_kafka() == wanted, 90, "all facts are on Kafka in the order of the request")


def test_the_figures_count_it(system: System, travelled: str) -> None:
    def closed() -> int:
        answer = system.call("GET", "/v1/figures", "KEY_HEAD", service="METRICS_URL")
        assert answer.status == 200, answer.body
        own = [group for group in answer.body["groups"] if group["direction"] == "outgoing" and group["kind"] == "eio"]
        return sum(int(group["account"]["closed_total"]) for group in own)

    until(lambda: closed() >= 1, 60, "the figures count the request as closed")


def test_the_webhook_receiver_is_told_of_every_fact_with_ids_that_recognise_a_repeat(system: System, receiver: Receiver, travelled: str) -> None:
    def types() -> set[str]:
        return {message["type"] for message in receiver.told if message["data"]["request"] == travelled}

    until(lambda: set(SPINE[1:]) <= types(), 60, "every fact of the spine was told")
    ids = [message["id"] for message in receiver.told]
    assert len(ids) == len(set(ids))


def test_the_mail_sink_shows_mails_that_name_the_request_and_no_words_of_the_form(system: System, travelled: str) -> None:
    reference = system.call("GET", f"/v1/requests/{travelled}").body["requesting"]["reference"]

    def mails() -> list[str]:
        found = system.call("GET", "/messages?to=desk@cz-central.example", service="MAIL_URL").body
        return [json.dumps(mail) for mail in found if reference in json.dumps(mail)]

    sent = until(mails, 60, "a mail names the reference")
    assert not any("Words of the form" in mail for mail in sent)


def test_the_record_can_be_verified(system: System, travelled: str) -> None:
    verified = system.call("GET", f"/v1/requests/{travelled}/verification").body

    assert (verified["intact"], verified["broken_at"]) == (True, None)


def test_the_same_command_twice_has_one_effect_and_one_answer(system: System, travelled: str) -> None:
    """IDM-01: across the wire, with the key of the first call."""
    version = system.call("GET", f"/v1/requests/{travelled}").body["version"]
    first = system.call("POST", f"/v1/requests/{travelled}/moves/confirm_receipt", body={}, version=version, repeat="once")
    again = system.call("POST", f"/v1/requests/{travelled}/moves/confirm_receipt", body={}, version=version, repeat="once")

    assert (first.status, again.status, again.headers.get("Idempotency-Replayed")) == (200, 200, "true")
    assert first.body == again.body


@pytest.mark.parametrize(("path", "length"), [("/v1/requests", 3_000_000), ("/v1/imports", 15_000_000)])
def test_a_body_in_pieces_that_is_too_large_is_refused(system: System, path: str, length: int) -> None:
    """API-04: over a real connection, where no length is declared."""
    address = urlsplit(system.env["REQUESTS_URL"])
    connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="r.csv"\r\n\r\n' if path == "/v1/imports" else b"{}"
    form = "multipart/form-data; boundary=b" if path == "/v1/imports" else "application/json"
    headers = {"Authorization": f"Bearer {system.env['KEY_HEAD']}", "Content-Type": form, "Idempotency-Key": uuid4().hex}

    connection.request("POST", path, iter([head, *[b" " * 50_000] * (length // 50_000)]), headers, encode_chunked=True)

    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["code"] == "too_large"
    connection.close()


def test_a_tool_runs_on_the_running_copy(system: System) -> None:
    done = system.tool("requests", "verify")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["broken"] == 0
    assert json.loads(done.stdout)["checked"] > 0
