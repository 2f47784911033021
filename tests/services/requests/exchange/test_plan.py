"""A row of a register as moves with their moments."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.requests.exchange.faults import RowRefused
from services.requests.exchange.mapping import ColumnMapping, read_mapping
from services.requests.exchange.plan import PlannedRequest, Setting, plan
from services.requests.exchange.reading import Row

NOW = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
SETTING = Setting(
    "cz-central",
    ZoneInfo("Europe/Prague"),
    NOW,
    fields=lambda instrument, kind: {"object_and_reason": "text"} if instrument == "COE-030" else {},
    is_member=lambda authority: authority == "de-central",
)
OUTGOING: dict[str, Any] = {"direction": "outgoing", "own_reference": "A-1", "counterpart": "ch-central", "kind": "MLA", "instrument": "coe-030"}
INCOMING = OUTGOING | {"direction": "incoming", "counterpart_reference": "9 AR 1"}


def planned(cells: dict[str, Any], mapping: ColumnMapping | None = None) -> PlannedRequest:
    return plan(Row(2, cells), mapping or ColumnMapping(), SETTING)


def told(plan: PlannedRequest) -> list[tuple[str, str, str | None]]:
    return [(move.move, f"{move.occurred_at:%m-%d %H:%M}", move.on_behalf_of) for move in plan.moves]


def test_an_outgoing_row_is_drafted_sent_and_answered_on_behalf_of_the_other_side() -> None:
    cells = {"sent": "2026-03-02", "acknowledged": "2026-03-09", "executed": "2026-05-04", "returned": "2026-05-04", "counterpart_reference": "B 7"}

    moves = planned(OUTGOING | cells)

    assert told(moves) == [  # noon in Prague is 11:00 UTC in winter, 10:00 in summer
        ("draft", "03-02 11:00", None),
        ("send", "03-02 11:01", None),
        ("acknowledge", "03-09 11:00", "ch-central"),
        ("execute", "05-04 10:00", "ch-central"),
        ("return", "05-04 10:01", "ch-central"),
    ]
    assert moves.moves[2].members == {"reference": "B 7"}
    assert moves.moves[0].members["fields"] == {"object_and_reason": "Held in the paper file"}


def test_an_incoming_row_is_registered_when_it_was_received() -> None:
    cells = {"received": "2026-03-02 08:15", "acknowledged": "2026-03-02", "information_requested": "2026-03-20", "information_supplied": "2026-04-02"}

    moves = planned(INCOMING | cells)

    assert told(moves) == [
        ("register", "03-02 07:15", None),
        ("acknowledge", "03-02 11:00", None),
        ("request_information", "03-20 11:00", None),
        ("supply_information", "04-02 10:00", "ch-central"),
    ]
    assert moves.moves[0].members["from"] == "ch-central"
    assert moves.moves[0].members["counterpart_reference"] == "9 AR 1"


def test_what_happened_today_has_happened() -> None:
    moves = planned(INCOMING | {"received": "2026-06-10", "acknowledged": "2026-06-10"})

    assert told(moves) == [("register", "06-09 22:00", None), ("acknowledge", "06-09 22:01", None)]


def test_dates_that_contradict_each_other_stay_as_they_are() -> None:
    moves = planned(INCOMING | {"received": "2026-03-02", "acknowledged": "2026-04-01", "decided": "2026-03-20"})

    assert [move.move for move in moves.moves] == ["register", "decide", "acknowledge"]


def test_the_command_is_the_same_whatever_file_the_row_came_from() -> None:
    first = planned(OUTGOING | {"sent": "2026-03-02"})
    again = plan(Row(77, OUTGOING | {"sent": datetime(2026, 3, 2), "subject": "Bank records"}), ColumnMapping(), SETTING)  # noqa: DTZ001 - as a workbook gives it

    assert again.command_id == first.command_id
    assert planned(INCOMING | {"received": "2026-03-02"}).command_id != first.command_id


def test_an_incoming_row_goes_by_the_reference_of_the_authority_that_asks() -> None:
    first = planned(INCOMING | {"received": "2026-03-02"})
    renumbered = planned(INCOMING | {"received": "2026-03-02", "own_reference": "Z-9"})
    unnumbered = planned(INCOMING | {"received": "2026-03-02", "counterpart_reference": ""})

    assert renumbered.command_id == first.command_id
    assert unnumbered.command_id != first.command_id


def test_their_words_are_translated_and_empty_cells_take_defaults() -> None:
    mapping = read_mapping(b"""
values: {kind: {Rechtshilfe: mla}, measures: {Konten: bank_records}, counterpart: {Schweiz: ch-central}}
defaults: {direction: incoming, channel: post}
""")
    cells = {
        "own_reference": "A-1",
        "counterpart": "Schweiz",
        "kind": "Rechtshilfe",
        "instrument": "COE-030",
        "received": "2026-03-02",
        "measures": "Konten; search",
    }

    members = planned(cells, mapping).moves[0].members

    assert (members["from"], members["kind"], members["channel"]) == ("ch-central", "mla", "post")
    assert members["measures"] == [{"type": "bank_records"}, {"type": "search"}]


def test_a_person_who_was_arrested_is_a_person_of_the_request() -> None:
    moves = planned(INCOMING | {"kind": "eaw", "instrument": "EU-EAW", "received": "2026-03-02", "arrested": "2026-03-05"})

    assert moves.moves[0].members["persons"] == [{"id": "p1", "role": "suspect"}]
    assert moves.moves[1].members == {"person": "p1"}


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        pytest.param({"sent": "2026-03-02", "direction": "sideways"}, "direction", "not_a_choice", id="no direction"),
        pytest.param({"sent": "2026-03-02", "own_reference": " "}, "own_reference", "required", id="no reference"),
        pytest.param({}, "sent", "required", id="no date to begin with"),
        pytest.param({"sent": "last spring"}, "sent", "not_a_date", id="no date"),
        pytest.param({"sent": "2026-03-02", "subject": "=A1"}, "subject", "formula", id="a formula"),
        pytest.param({"sent": "2026-03-02", "kind": "letter"}, "kind", "not_a_choice", id="no kind"),
        pytest.param({"sent": "2026-03-02", "acknowledged": "2026-03-03", "counterpart": "de-central"}, "acknowledged", "not_allowed", id="a member's move"),
    ],
)
def test_a_row_is_refused_with_reason_and_column(cells: dict[str, Any], column: str, code: str) -> None:
    with pytest.raises(RowRefused) as refusal:
        planned(OUTGOING | cells)

    assert (column, code) in {(fault.column, fault.code) for fault in refusal.value.faults}


def test_all_faults_of_a_row_are_told_at_once() -> None:
    with pytest.raises(RowRefused) as refusal:
        planned(OUTGOING | {"sent": "x", "acknowledged": "y", "subject": "=1"})

    assert {fault.column for fault in refusal.value.faults} == {"sent", "acknowledged", "subject"}


def test_cells_that_a_direction_does_not_keep_are_named() -> None:
    assert planned(INCOMING | {"received": "2026-03-02", "sent": "2026-02-20"}).unused == ("sent",)
