"""The sample: shaped by published volumes, possible by the rules, the same every time, loaded once."""

import json
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest

from deploy.local.sample_data import __main__ as command
from deploy.local.sample_data import keys
from deploy.local.sample_data.__main__ import Sample, made
from deploy.local.sample_data.bodies import Law, begun_here
from deploy.local.sample_data.client import Api
from deploy.local.sample_data.course import Course
from deploy.local.sample_data.playing import TestClock
from deploy.local.sample_data.shape import apportioned, places, shares
from deploy.local.sample_data.volumes import NotPublished, average, read_volumes
from deploy.local.secret_files import make_service_secrets
from services.requests.domain.command import Context
from services.requests.domain.decisions import begin, read_command
from services.requests.domain.request import Request, fold
from shared.facts.base import Recorded
from shared.facts.codes import Kind, State
from shared.facts.directory import AuthorityView
from shared.instruments import load
from tests.docs.test_readme import served
from tests.fixtures.postgres import FreshDatabase

END = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAMPLE = Sample(END.isoformat(), 2026, 400, "test")


@cache
def courses() -> list[Course]:
    return made(SAMPLE, keys.authorities())


@cache
def requests() -> list[Request]:
    """What becomes of each course when it is played through the domain: a refusal fails the test."""
    instruments = load("data")
    laws = {each.id: Law([ground.code for ground in each.grounds], [(f.name, f.type, f.kinds) for f in each.form_fields if f.required]) for each in instruments}
    views = {each["id"]: AuthorityView(each["id"], each["state"], each["name"], each["role"], each["time_zone"], False) for each in keys.authorities()}
    context = Context(END, instruments, views)
    found = []
    for course in courses():
        body = begun_here(course, laws[course.opening["instrument"]])
        move = "draft" if body.pop("direction") == "outgoing" else "register"
        facts = begin(read_command(move, body, context, by="cz-central"), context)
        found.append(fold([Recorded(UUID(int=number), number, END, fact) for number, fact in enumerate(facts, 1)]))
    return found


def moves(chosen: Iterable[Course]) -> set[str]:
    return {step.move for course in chosen for step in (*course.steps, *course.afterwards)}


def test_every_course_is_possible_and_all_states_and_kinds_are_there() -> None:
    assert {request.state for request in requests()} == set(State)
    assert {request.kind for request in requests()} >= set(Kind)
    assert len(courses()) == 400


def test_what_can_happen_to_a_request_happens_to_one() -> None:
    wanted = {"send_back", "forward", "extend", "promise", "correct", "reopen", "refuse", "withdraw", "close", "set_mandate", "revoke_consent", "release"}
    wanted |= {"postpone_surrender", "link", "record_asset", "record_cost", "attach_condition", "ask_status", "transmit_again", "give_feedback", "assign"}

    assert moves(courses()) >= wanted
    assert max(len(request.persons) for request in requests() if request.kind == Kind.EAW) == 3
    assert {line.outcome for request in requests() for line in request.measures} >= {"executed", "impossible", None}
    assert sum(bool(request.holds) for request in requests()) >= 4


def test_volumes_follow_the_published_ones() -> None:
    volumes = read_volumes()
    counted = Counter((course.kind, course.direction) for course in courses())
    ireland = ("Ireland Department of Justice", "EAW")
    received = average(volumes, ireland[0], "incoming", ireland[1], "warrants_received")
    issued = average(volumes, ireland[0], "outgoing", ireland[1], "warrants_issued")

    assert counted["eaw", "incoming"] / counted["eaw", "outgoing"] == pytest.approx(received / issued, rel=0.15)
    assert {each.source for each in volumes if not each.source.startswith("http")} == set()
    assert len({place.state for place in places(volumes, 400, __import__("random").Random(1))} | {"CZ"}) == 12
    assert 0.1 < shares(volumes).refused_eaw < 0.12
    with pytest.raises(NotPublished):
        average(volumes, "Nobody", "incoming", "EAW", "warrants_received")


def test_shares_become_whole_numbers_that_add_up() -> None:
    assert apportioned({"a": 1.0, "b": 1.0, "c": 1.0}, 10) == {"a": 4, "b": 3, "c": 3}
    assert apportioned({"a": 0.7, "b": 0.2, "c": 0.1}, 7) == {"a": 5, "b": 1, "c": 1}


def test_the_same_seed_and_end_give_the_same_sample() -> None:
    again = made(SAMPLE, keys.authorities())

    assert [(course.opening, course.steps, course.afterwards) for course in again] == [(each.opening, each.steps, each.afterwards) for each in courses()]
    assert all(step.at <= END for course in courses() for step in (*course.steps, *course.afterwards))


def test_every_authority_says_that_it_is_sample_data_and_no_person_is_named() -> None:
    assert all(each["name"].endswith("(sample data)") for each in keys.authorities())
    assert all(set(person) <= {"id", "role"} for course in courses() for person in course.opening.get("persons", []))


def test_it_is_loaded_once_and_whole(fresh_database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {**fresh_database("requests").env(), "SECRETS_DIR": str(tmp_path / "secrets")}
    make_service_secrets(tmp_path / "secrets")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with served(env) as url:
        told = {"RUN_DIR": str(tmp_path), "REQUESTS_URL": url}
        assert command.load({**told, "SAMPLE": "none"}, Namespace(end=END, seed=7, count=60)) == 0
        assert not (tmp_path / "sample.json").exists()
        assert command.load(told, Namespace(end=END, seed=7, count=60)) == 0
        before = (tmp_path / "keys.env").read_text()
        (tmp_path / "sample.json").write_text(json.dumps({**json.loads((tmp_path / "sample.json").read_text()), "done": False}))

        assert command.load(told, Namespace(end=None, seed=7, count=60)) == 0
        api = Api(url, dict(line.split("=", 1) for line in before.splitlines())["KEY_DESK"])
        feed = api.get("/v1/events?limit=200").body

    assert (tmp_path / "keys.env").read_text() == before
    drafts = [event for event in feed["events"] if event["type"].endswith(("RequestDrafted", "RequestRegistered"))]
    assert len({event["subject"] for event in drafts}) == len(drafts) > 0


def test_it_is_played_day_by_day_so_that_both_times_spread(fresh_database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {**fresh_database("requests").env(), "SECRETS_DIR": str(tmp_path / "secrets")}
    make_service_secrets(tmp_path / "secrets")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with served({**env, "SANDBOX": "1"}) as url:
        told = {"RUN_DIR": str(tmp_path), "REQUESTS_URL": url, "DATABASE_URL": env["DATABASE_URL"]}
        assert command.play(told, Namespace(end=END, seed=7, count=40)) == 0
        key = dict(line.split("=", 1) for line in (tmp_path / "keys.env").read_text().splitlines())["KEY_HEAD"]
        listed = Api(url, key).get("/v1/events?limit=200").body["events"]
    recorded = [datetime.fromisoformat(event["time"]) for event in listed]
    occurred = [datetime.fromisoformat(event["data"]["occurred_at"]) for event in listed]

    assert TestClock(env["DATABASE_URL"]).stands() is None
    assert max(recorded) - min(recorded) > timedelta(days=300)
    assert all(then <= when < then + timedelta(days=1) for then, when in zip(occurred, recorded, strict=True))
