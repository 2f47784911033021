"""The command replays a file or the database, prints what it found, and keeps the verdicts that the interface goes by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from psycopg import Connection

from services.metrics.__main__ import main
from services.metrics.backtests.queries import proofs
from tests.fixtures.postgres import ScratchDatabase
from tests.services.metrics.api.waiting_set import lines
from tests.services.metrics.envelopes import W, follow_given
from tests.services.metrics.given_set import FOLDER

SMALL = str(FOLDER / "small.jsonl")


def printed(capsys: pytest.CaptureFixture[str], *words: str, env: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    assert main(["backtest", *words, "--json"], env or {}) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_given_set_is_too_small_to_prove_anything(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, SMALL, "--authority", "de-central")

    assert [one["authority"] for one in found] == ["de-central"]
    assert {line["verdict"] for line in [*found[0]["stages"], found[0]["all"]]} == {"too_few"}
    assert found[0]["all"]["scored"] == sum(line["scored"] for line in found[0]["stages"])


def test_months_are_replayed_as_asked_and_every_authority_that_the_directory_knows(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, SMALL, "--from", "2025-03", "--to", "2025-04")

    directory = json.loads((FOLDER / "authorities.json").read_text(encoding="utf-8"))
    assert {one["authority"] for one in found} <= directory.keys()
    assert {tuple(one["months"]) for one in found} == {("2025-03", "2025-04")}


def test_the_table_names_each_stage_and_ends_with_the_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", SMALL, "--authority", "de-central", "--from", "2025-03", "--to", "2025-03"], {}) == 0

    text = capsys.readouterr().out.splitlines()
    assert text[0].startswith("de-central (Europe/Berlin), replayed 2025-03 to 2025-03, 1 months")
    assert text[1].split()[:3] == ["direction", "stage", "scored"]
    assert text[2].split()[:2] == ["incoming", "decide"]
    assert text[-3].startswith("warnings at 0.5: ")
    assert text[-2].startswith("limits missed: ")


def test_a_verdict_is_kept_for_the_interface(conn: Connection[Any], database: ScratchDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    follow_given(conn, lines())

    found = printed(capsys, "--authority", "de-central", "--store", env=database.env())

    kept = proofs(conn, "de-central", W)
    assert [(proof.direction, proof.stage, proof.verdict) for proof in kept] == [
        (line["direction"], line["stage"], line["verdict"]) for line in found[0]["stages"]
    ]
    assert kept[0].figures.keys() == {"scored", "coverage_50", "coverage_80", "loss", "closed_only_loss", "unconditional_loss"}
    assert proofs(conn, "de-central", W - timedelta(days=1)) == []


@pytest.mark.parametrize(
    "words",
    [pytest.param(["--store"], id="a file cannot be stored"), pytest.param(["--authority", "xx-central"], id="an authority that nobody knows")],
)
def test_what_cannot_be_done_is_one_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", SMALL, *words], {}) == 2
    assert capsys.readouterr().err.startswith("metrics: ")


def test_a_month_is_written_as_year_and_month(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["backtest", SMALL, "--from", date(2025, 3, 2).isoformat()], {})
