"""What happens on the day the sample is loaded: somebody subscribes, and the other member makes a few moves, so that mails are sent."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

from deploy.local.sample_data.bodies import Law
from deploy.local.sample_data.client import Api, require

FACTS = ("RequestSent", "RequestAcknowledged", "InformationRequested", "ResultsReturned", "RequestRefused")
ASKED_TODAY = (("Bank records of one account", "bank_records"), ("Hearing of an expert", "hearing_by_video"), ("Search of an office", "search"))
KNOWN_SECONDS = 60
POLL_SECONDS = 0.25


def subscribe(notifications: Api, mailbox: str) -> bool:
    """The first authority's desk is told of important facts by mail; False when it is already."""
    answer = notifications.get("/v1/subscriptions")
    deadline = time.monotonic() + KNOWN_SECONDS
    while answer.status == 401 and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)  # the keys travel there through Kafka
        answer = notifications.get("/v1/subscriptions")
    known = require("subscriptions", answer, 200).body
    if any(each["target"] == mailbox for each in known["subscriptions"]):
        return False
    body = {"channel": "mail", "target": mailbox, "types": list(FACTS), "label": "Sample data"}
    require("subscription", notifications.post("/v1/subscriptions", body, "sample-subscription-mail"), 201)
    return True


def send_new(first: Api, other: Api, addressee: str, law: Law, label: str) -> list[str]:
    """Three fresh requests go from the first member to the other one, which confirms receipt of two and asks about one; their ids."""
    made = []
    for number, (subject, measure) in enumerate(ASKED_TODAY):
        body = _order(subject, measure, f"S-T{number + 1}", addressee, law)
        drafted = require("today's request", first.post("/v1/requests", body, f"{label}-today-{number}"), 201)
        path = f"/v1/requests/{drafted.body['id']}"
        require("send", first.post(f"{path}/moves/send", {"channel": "portal"}, f"{label}-today-{number}-send", drafted.version), 200)
        if number < 2:
            version = require(path, other.get(path), 200).version
            told = other.post(f"{path}/moves/acknowledge", {"reference": f"S-DE T{number + 1}"}, f"{label}-today-{number}-ack", version)
            require("acknowledge", told, 200)
        if number == 1:
            version = require(path, other.get(path), 200).version
            asked = {"items": ["Which technical equipment is there?"]}
            require("question", other.post(f"{path}/moves/request_information", asked, f"{label}-today-{number}-ask", version), 200)
        made.append(str(drafted.body["id"]))
    return made


def _order(subject: str, measure: str, reference: str, addressee: str, law: Law) -> dict[str, Any]:
    told: Mapping[str, Any] = {
        "direction": "outgoing",
        "kind": "eio",
        "instrument": "EU-EIO",
        "requested": {"authority": addressee},
        "own_reference": reference,
        "subject": subject,
        "measures": [{"type": measure}],
        "languages": ["de"],
        "offences": ["fraud"],
        "fields": law.filled("eio"),
    }
    return dict(told)


def new_label() -> str:
    """A label that no other run has."""
    return f"sample-{uuid.uuid4().hex[:8]}"
