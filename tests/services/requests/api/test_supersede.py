"""Closing many requests as superseded by one."""

from __future__ import annotations

from typing import Any

from tests.services.requests.calling import E, Made, Person, R, Service


def ask(person: Person, by: Made, made: list[Made], key: str | None = None, query: str = "", versions: list[int] | None = None) -> tuple[int, dict[str, Any]]:
    wanted = [{"request": each.id, "version": version} for each, version in zip(made, versions or [each.version for each in made], strict=True)]
    answer = person.call("POST", f"/v1/requests/supersede{query}", {"requests": wanted, "superseded_by": by.id, "reason": "one team now"}, key=key)
    return answer.status_code, answer.get_json()


def states(person: Person, made: list[Made]) -> list[str]:
    return [person.get(f"/v1/requests/{each.id}")["state"] for each in made]


def test_all_are_closed_with_one_reason(service: Service) -> None:
    person = service.person(R)
    by, made = person.sends(), [person.sends() for _ in range(3)]

    preview = ask(person, by, made, query="?dry_run=true")
    before = states(person, made)
    status, told = ask(person, by, made, key="k-1")
    again = ask(person, by, made, key="k-1")

    assert (preview[0], preview[1]["closed"], before) == (200, 0, ["sent"] * 3)
    assert (status, told["closed"]) == (200, 3)
    assert states(person, made) == ["closed"] * 3
    assert again == (status, told)
    assert person.get(f"/v1/requests/{made[0].id}")["ending"]["superseded_by"] == by.id


def test_if_one_cannot_be_closed_none_is(service: Service) -> None:
    person = service.person(R)
    by, made = person.sends(), [person.sends(), person.drafts()]
    service.person(E).moves("acknowledge", made[0])

    status, told = ask(person, by, made, versions=[2, 1])

    assert status == 422
    assert [row["code"] for row in told["results"]] == ["stale_version", "move_not_possible"]
    assert states(person, made) == ["acknowledged", "drafted"]
