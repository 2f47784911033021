"""/v1/escalations, /v1/ladders and /v1/calendar, as a desk meets them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from psycopg import Connection

from services.notifications.queries.clocks import runs_of
from services.notifications.reached import stream_of
from services.notifications.timers import fire_all
from services.notifications.warning import Warnings
from shared.calendars.national import Calendars
from shared.facts.clocks import ClockCancelled, ClockMoved
from shared.facts.members import parse_when
from shared.storage.event_log import read_stream
from tests.services.notifications.api.conftest import Client, Headers
from tests.services.notifications.builders import PLACE, T0, E, R, Stream, X, clock_started, drafted, follow, known_up_to, reached, registered, sent

WARNINGS = Warnings(PLACE, Calendars())
LEVEL_1, LEVEL_2 = datetime(2026, 6, 24, 22, tzinfo=UTC), datetime(2026, 7, 1, 22, tzinfo=UTC)
LEVEL_3, LEVEL_4 = LEVEL_2 + timedelta(days=14), LEVEL_2 + timedelta(days=30)


def begun(conn: Connection[Any], due: str = "2026-07-01", draft: dict[str, Any] | None = None, **members: Any) -> tuple[Stream, str]:
    stream = Stream()
    clock = clock_started(stream, due, **members)
    follow(conn, stream.add(drafted(**(draft or {})), sent(), clock, recorded_at=T0))
    return stream, clock.clock


def fire(conn: Connection[Any], moment: datetime) -> None:
    known_up_to(conn, moment)
    fire_all(conn, WARNINGS, sandbox=True)


def test_both_sides_read_what_was_reached(client: Client, key: Headers, conn: Connection[Any]) -> None:
    stream, clock = begun(conn)
    fire(conn, LEVEL_2)

    for authority in (R, E):
        listed = client.get(f"/v1/escalations?request={stream.id}", headers=key("desk", authority)).json["escalations"]
        assert [(one["row"], one["level"], one["on"], one["reached_at"], one["state"]) for one in listed] == [
            ("EIO-RECOG", 1, "legal", "2026-06-24T22:00:00Z", "open"),
            ("EIO-RECOG", 2, "legal", "2026-07-01T22:00:00Z", "open"),
        ]
        assert {(one["request"], one["clock"], one["run"], one["revision"], one["authority"]) for one in listed} == {(stream.id, clock, 1, 1, E)}
        assert listed[1]["next_level"] == {"level": 3, "on": "legal", "at": "2026-07-15T22:00:00Z"}


def test_nobody_else_reads_it(client: Client, key: Headers, conn: Connection[Any]) -> None:
    """AZN-01."""
    registered(conn, X)
    begun(conn)
    fire(conn, LEVEL_1)
    id_ = client.get("/v1/escalations", headers=key("desk")).json["escalations"][0]["id"]

    assert client.get("/v1/escalations", headers=key("desk", X)).json["escalations"] == []
    assert client.get(f"/v1/escalations/{id_}", headers=key("desk", X)).status_code == 404
    assert client.get("/v1/escalations", headers=key("administrator")).status_code == 403


def only(client: Client, headers: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/escalations", headers=headers).json["escalations"][0]
    return found


def test_an_answer_with_a_day_keeps_the_ladder_silent_until_then(client: Client, key: Headers, conn: Connection[Any]) -> None:
    begun(conn)
    fire(conn, LEVEL_1)
    id_ = only(client, key("desk", E))["id"]

    answered = client.post(f"/v1/escalations/{id_}/snooze", json={"until": "2026-07-20", "reason": "asked"}, headers=key("desk", E, once="a"))

    assert (answered.status_code, answered.json["state"], answered.json["until"], answered.json["reason"]) == (200, "snoozed", "2026-07-20", "asked")
    fire(conn, LEVEL_3)
    assert [level for _, level, _ in reached(conn)] == [1]
    fire(conn, datetime(2026, 7, 19, 22, tzinfo=UTC))
    assert [level for _, level, _ in reached(conn)] == [1, 3]
    fire(conn, LEVEL_4)
    assert [level for _, level, _ in reached(conn)] == [1, 3, 4]
    states = {one["level"]: one["state"] for one in client.get("/v1/escalations", headers=key("desk", E)).json["escalations"]}
    assert states == {1: "open", 3: "open", 4: "open"}


def test_an_answer_outlives_what_is_recorded_after_it(client: Client, key: Headers, conn: Connection[Any]) -> None:
    stream, clock = begun(conn)
    fire(conn, LEVEL_1)
    client.post(f"/v1/escalations/{only(client, key('desk', E))['id']}/acknowledge", json={}, headers=key("desk", E, once="a"))
    later = parse_when("2026-07-03")
    moved = ClockMoved(occurred_at=LEVEL_1, by=E, clock=clock, reason="correction", nominal_due=later, adjusted_due=later, strict_due=later)

    follow(conn, stream.add(moved, recorded_at=LEVEL_1 + timedelta(hours=1)))
    fire(conn, LEVEL_4)

    assert [level for _, level, _ in reached(conn)] == [1]


def test_an_answer_is_a_fact_without_its_reason(client: Client, key: Headers, conn: Connection[Any]) -> None:
    stream, _ = begun(conn)
    fire(conn, LEVEL_1)
    id_ = only(client, key("desk", E))["id"]
    headers = key("desk", E, once="a")
    first = client.post(f"/v1/escalations/{id_}/acknowledge", json={"reason": "Kestrel"}, headers=headers)
    again = client.post(f"/v1/escalations/{id_}/acknowledge", json={"reason": "Kestrel"}, headers=headers)

    facts = read_stream(conn, stream_of(stream.id))
    assert [fact.type for fact in facts] == ["EscalationReached", "EscalationAcknowledged"]
    assert b"Kestrel" not in facts[1].value
    assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true")
    assert only(client, key("desk", E))["reason"] == "Kestrel"
    assert only(client, key("desk", R))["reason"] is None


def test_an_answer_never_changes_the_clock(client: Client, key: Headers, conn: Connection[Any]) -> None:
    stream, _ = begun(conn)
    fire(conn, LEVEL_1)
    before = runs_of(conn, [stream.id])
    client.post(f"/v1/escalations/{only(client, key('desk', E))['id']}/acknowledge", json={"until": "2026-07-03"}, headers=key("desk", E, once="a"))

    assert runs_of(conn, [stream.id]) == before


@pytest.mark.parametrize(
    ("role", "authority", "body", "status"),
    [
        pytest.param("desk", R, {"until": "2026-07-20"}, 403, id="the other side: wrong side"),
        pytest.param("auditor", E, {"until": "2026-07-20"}, 403, id="an auditor"),
        pytest.param("desk", E, {}, 422, id="no day"),
        pytest.param("desk", E, {"until": "2026-06-25"}, 422, id="a day that has begun"),
        pytest.param("desk", E, {"until": "soon"}, 422, id="no day at all"),
        pytest.param("supervisor", E, {"until": "2026-07-20"}, 200, id="a supervisor of the side that must act"),
    ],
)
def test_the_ladder_belongs_to_the_side_that_must_act(
    client: Client, key: Headers, conn: Connection[Any], role: str, authority: str, body: dict[str, str], status: int
) -> None:
    begun(conn)
    fire(conn, LEVEL_1)
    id_ = only(client, key("desk"))["id"]

    assert client.post(f"/v1/escalations/{id_}/snooze", json=body, headers=key(role, authority, once="a")).status_code == status


def test_open_escalations_come_first_and_pages_follow_one_another(client: Client, key: Headers, conn: Connection[Any]) -> None:
    for _ in range(3):
        begun(conn)
    fire(conn, LEVEL_1)
    first = only(client, key("desk", E))["id"]
    client.post(f"/v1/escalations/{first}/snooze", json={"until": "2026-07-20"}, headers=key("desk", E, once="a"))
    headers, seen, cursor = key("desk", E), [], ""
    while True:
        page = client.get(f"/v1/escalations?limit=1{cursor}", headers=headers).json
        seen += [(one["id"], one["state"]) for one in page["escalations"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert [state for _, state in seen] == ["open", "open", "snoozed"]
    assert seen[2][0] == first
    assert len(client.get("/v1/escalations?state=snoozed", headers=headers).json["escalations"]) == 1


# --- ladders ----------------------------------------------------------------------------------------------------------

OWN = {
    "ladders": [{"kinds": ["eio"], "levels": [
        {"level": 1, "days": {"before": 10}, "hours": {"before": 48}, "to": ["desk"]},
        {"level": 2, "days": {"after": 1}, "hours": {"after": 1}, "to": ["head"]},
    ]}],
    "window": {"opens": "07:00", "closes": "16:00"},
}  # fmt: skip


def test_an_authority_reads_the_default_and_sets_its_own(client: Client, key: Headers, conn: Connection[Any]) -> None:
    default = client.get(f"/v1/ladders/{E}", headers=key("desk", E))
    assert (default.json["version"], default.json["own"], default.headers["ETag"]) == (0, False, '"0"')
    assert [level["level"] for level in default.json["ladders"][1]["levels"]] == [1, 2, 3, 4]

    stored = client.put(f"/v1/ladders/{E}", json=OWN, headers=key("head", E) | {"If-Match": '"0"'})

    assert (stored.status_code, stored.json["version"], stored.json["own"]) == (200, 1, True)
    assert client.get(f"/v1/ladders/{E}", headers=key("desk", R)).json["ladders"][0]["levels"][0]["days"] == {"before": 10}


def test_open_clocks_take_the_levels_of_a_new_ladder(client: Client, key: Headers, conn: Connection[Any]) -> None:
    known_up_to(conn, T0)
    begun(conn)
    client.put(f"/v1/ladders/{E}", json=OWN, headers=key("supervisor", E) | {"If-Match": '"0"'})

    fired = []
    minute = timedelta(minutes=1)
    own_1, own_2 = datetime(2026, 6, 21, 22, tzinfo=UTC), LEVEL_2 + timedelta(days=1)
    for moment in (own_1 - minute, own_1, LEVEL_1, LEVEL_2, own_2 - minute, own_2, LEVEL_4):
        fire(conn, moment)
        fired.append([level for _, level, _ in reached(conn)])

    assert fired == [[], [1], [1], [1], [1], [1, 2], [1, 2]]  # the default would add its own at LEVEL_1, LEVEL_2 and LEVEL_4


def test_the_default_can_be_set_as_it_is_shown(client: Client, key: Headers) -> None:
    default = client.get(f"/v1/ladders/{E}", headers=key("desk", E)).json
    body = {name: default[name] for name in ("ladders", "window")}

    stored = client.put(f"/v1/ladders/{E}", json=body, headers=key("head", E) | {"If-Match": '"0"'})

    assert stored.status_code == 200
    assert {name: stored.json[name] for name in ("ladders", "window")} == body


@pytest.mark.parametrize(
    ("role", "authority", "if_match", "body", "status"),
    [
        pytest.param("desk", E, '"0"', OWN, 403, id="a desk"),
        pytest.param("administrator", E, '"0"', OWN, 403, id="an administrator"),
        pytest.param("head", R, '"0"', OWN, 404, id="of another authority"),
        pytest.param("head", E, None, OWN, 428, id="without a version"),
        pytest.param("head", E, '"3"', OWN, 412, id="another version"),
        pytest.param("head", E, '"0"', {"ladders": [{"levels": []}]}, 422, id="no levels"),
        pytest.param("head", E, '"0"', {"window": {"opens": "18:00", "closes": "08:00"}}, 422, id="hours the wrong way round"),
        pytest.param("head", E, '"0"', {"ladders": [{"levels": [OWN["ladders"][0]["levels"][0]] * 2}]}, 422, id="a level twice"),  # type: ignore[index]  # as above
    ],
)
def test_a_ladder_that_may_not_be_set_is_refused(
    client: Client, key: Headers, role: str, authority: str, if_match: str | None, body: dict[str, Any], status: int
) -> None:
    headers = key(role, authority) | ({"If-Match": if_match} if if_match else {})

    assert client.put(f"/v1/ladders/{E}", json=body, headers=headers).status_code == status


# --- calendar ---------------------------------------------------------------------------------------------------------


def events(client: Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    return {str(event["uid"]): event for event in Calendar.from_ical(answer.data).walk("VEVENT")}


def test_a_calendar_shows_deadlines_moves_them_and_cancels_them(client: Client, key: Headers, conn: Connection[Any]) -> None:
    stream, clock = begun(conn)
    made = client.post("/v1/calendar", headers=key("desk", E, once="a"))
    assert made.status_code == 201
    first = events(client, made.json["path"])[f"{clock}@rogatory"]
    assert (first.decoded("dtstart").isoformat(), str(first["status"])) == ("2026-07-01", "CONFIRMED")
    assert "9 AR 12/26" in first["summary"]

    now = datetime.now(UTC)
    follow(conn, stream.add(ClockMoved(occurred_at=now, by=E, clock=clock, reason="corrected", strict_due=parse_when("2026-07-08"))))
    moved = events(client, made.json["path"])[f"{clock}@rogatory"]
    assert moved.decoded("dtstart").isoformat() == "2026-07-08"
    assert int(moved["sequence"]) > int(first["sequence"])

    follow(conn, stream.add(ClockCancelled(occurred_at=now, by=E, clock=clock, reason="withdrawn")))
    ended = events(client, made.json["path"])[f"{clock}@rogatory"]
    assert (str(ended["status"]), int(ended["sequence"]) > int(moved["sequence"])) == ("CANCELLED", True)


def test_a_revoked_calendar_answers_no_more(client: Client, key: Headers, conn: Connection[Any]) -> None:
    made = client.post("/v1/calendar", headers=key("desk", E, once="a")).json
    assert client.delete(f"/v1/calendar/{made['id']}", headers=key("desk", R)).status_code == 404
    assert client.delete(f"/v1/calendar/{made['id']}", headers=key("desk", E)).status_code == 204

    assert client.get(made["path"]).status_code == 404
    assert client.get("/v1/calendar/nonsense.ics").status_code == 404


def test_the_address_of_a_calendar_is_not_stored(client: Client, key: Headers, conn: Connection[Any]) -> None:
    made = client.post("/v1/calendar", headers=key("desk", E, once="a")).json
    token = made["path"].split("/")[-1].removesuffix(".ics")

    stored = conn.execute("SELECT to_jsonb(calendar_feed)::text FROM calendar_feed UNION ALL SELECT convert_from(body, 'UTF8') FROM idempotency").fetchall()
    assert len(stored) == 2
    assert not [text for (text,) in stored if token in text]


def test_a_calendar_of_one_desk_holds_only_its_own_deadlines(client: Client, key: Headers, conn: Connection[Any]) -> None:
    _, mine = begun(conn, draft={"desk": "1"})
    begun(conn, draft={"desk": "2"})
    begun(conn, draft={"desk": "2", "confidentiality": "confidential"})
    made = client.post("/v1/calendar", headers=key("desk", R, desk="1", once="a")).json

    assert set(events(client, made["path"])) == {f"{mine}@rogatory"}
    whole = client.post("/v1/calendar", headers=key("head", R, once="b")).json
    assert len(events(client, whole["path"])) == 2
