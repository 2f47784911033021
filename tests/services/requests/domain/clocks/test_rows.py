"""Every row can run: what starts and ends it is a move or an event that the product knows."""

from datetime import date
from pathlib import Path

import pytest

from services.requests.domain.clocks.conditions import judged
from services.requests.domain.clocks.happenings import MOVES
from services.requests.domain.clocks.regimes import regime
from services.requests.domain.clocks.rows import ASKED_FOR, JIT_END, STATIC, RowBook, Setting, key_of
from services.requests.domain.moves.table import BEGINNINGS
from services.requests.domain.moves.table import MOVES as TABLE
from services.requests.rows_document import written
from shared.facts.instruments import Row, Trigger
from tests.builders import law

DOCUMENT = Path(__file__).parents[5] / "docs" / "instrument-rows.md"
ALL_ROWS = tuple(law().every_row())
RELATED = 5
KNOWN_KEYS = frozenset(key for keys in MOVES.values() for key in keys)


def known(trigger: Trigger) -> bool:
    if trigger.event is not None:
        return trigger.event in law().codes.events
    return key_of(trigger) in KNOWN_KEYS and (trigger.move in TABLE or trigger.move in BEGINNINGS)


def test_there_are_as_many_rows_as_the_research_counted() -> None:
    treaty = sum(len(each.rows) for each in law())

    assert (len(law().by_id) - RELATED, treaty - RELATED, len(law().national)) == (44, 265, 87)


@pytest.mark.parametrize("row", ALL_ROWS, ids=lambda row: row.id)
def test_every_row_has_a_start_and_an_end_that_a_move_or_event_carries(row: Row) -> None:
    assert row.starts_on
    assert row.ends_on
    assert [each.text for each in (*row.starts_on, *row.ends_on, *row.starts_not_before) if not known(each)] == []


@pytest.mark.parametrize("row", ALL_ROWS, ids=lambda row: row.id)
def test_every_row_has_a_regime_and_conditions_that_somebody_judges(row: Row) -> None:
    assert regime(row.counting, "DE", law().codes.counting_by_state)
    assert {each.code for each in row.applies_when} <= STATIC | judged()
    assert (row.duration is None) is (row.counting == "FIXED")


def test_the_page_of_rows_is_the_data() -> None:
    assert DOCUMENT.read_text() == written(law()), "python -m services.requests.rows_document > docs/instrument-rows.md"


def chosen(*bases: str, kind: str = "extradition", requesting: str = "RS", requested: str = "IT", as_of: date = date(2026, 6, 1)) -> set[str]:
    return set(RowBook(law()).of(Setting(bases, kind, requesting, requested, as_of)).by_id)


@pytest.mark.parametrize(
    ("setting", "there", "not_there"),
    [
        pytest.param(chosen("US-BILATERAL-EXT", requesting="US", requested="AR"), {"US-AR-PA"}, {"US-AR-OLD-PA", "US-IN-PA"}, id="treaty of the two States"),
        pytest.param(
            chosen("US-BILATERAL-EXT", requesting="US", requested="AR", as_of=date(1999, 1, 1)), {"US-AR-OLD-PA"}, {"US-AR-PA"}, id="treaty of its day"
        ),
        pytest.param(chosen("COE-024", requested="IE"), {"IE-EXT-18", "ECE-PA-40"}, {"ECE-PA-18"}, id="national law that replaces a row"),
        pytest.param(chosen("COE-024", requested="EE"), {"ECE-PA-18"}, {"EE-447"}, id="national law that says the same has no clock"),
        pytest.param(chosen("COE-024", requested="GB", kind="provisional_arrest"), {"GB-S74", "ECE-PA-40"}, set(), id="national law beside the treaty"),
        pytest.param(chosen("UN-UNCAC", requested="DE"), {"DE-16-2M"}, {"DE-16-3M"}, id="national law that fills a gap, in Europe"),
        pytest.param(chosen("UN-UNCAC", requesting="IN", requested="DE"), {"DE-16-3M"}, {"DE-16-2M"}, id="national law that fills a gap, outside Europe"),
        pytest.param(chosen("COE-024", requested="DE"), {"ECE-PA-18"}, {"DE-16-2M"}, id="no gap, nothing to fill"),
        pytest.param(chosen("COE-024", "COE-212"), {"4AP-SPEC-LAPSE"}, {"ECE-SPEC"}, id="a protocol beside the treaty"),
        pytest.param(chosen("FD-2008-909", kind="transfer_of_sentenced_person"), {"FD-2008-909"}, set(), id="a related instrument"),
        pytest.param(chosen("UN-UNTOC", kind="joint_investigation_team"), {JIT_END.id, ASKED_FOR.id}, set(), id="the end of a team's mandate"),
    ],
)
def test_rows_are_chosen_by_states_kind_and_version(setting: set[str], there: set[str], not_there: set[str]) -> None:
    assert there <= setting
    assert not setting & not_there
