"""Instrument files: what is in them, and how one with faults is refused."""

import shutil
from pathlib import Path

import pytest

from shared.facts.instruments import UnknownInstrument
from shared.instruments import InstrumentsFaulty, load
from tests.builders import DATA, law

FILES = ("instruments.yaml", "form_fields.yaml", "instrument_kinds.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(DATA / name, tmp_path / name)
    return tmp_path


def spoil(folder: Path, before: str, after: str) -> Path:
    file = folder / "instruments.yaml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    return folder


def test_an_order_has_its_rows_grounds_form_and_kind() -> None:
    order = law().get("EU-EIO")

    assert len(order.rows) == 15
    assert order.ground("EIO-11-1-C") is not None
    assert "facts_and_reasons" in order.required_fields("eio")
    assert order.takes("eio")
    assert not order.takes("eaw")


def test_a_form_asks_each_kind_for_its_own_fields() -> None:
    convention = law().get("COE-024")

    assert "existence_of_documents" in convention.required_fields("provisional_arrest")
    assert "existence_of_documents" not in convention.required_fields("extradition")
    assert law().get("UN-UNCAC").required_fields("spontaneous_information") == ()


def test_members_that_rows_ask_for_are_fields_of_the_form() -> None:
    assert {each.name: each.type for each in law().form_fields("EU-EIO")}["evidence_already_held"] == "flag"


@pytest.mark.parametrize(
    ("instrument", "grounds", "wanted"),
    [
        pytest.param("EU-EIO", ("EIO-11-1-A",), True, id="a ground that the article names"),
        pytest.param("EU-EIO", ("EIO-11-1-C",), False, id="a ground that it does not name"),
        pytest.param("UN-UNCAC", ("UNCAC-C",), True, id="an article for all grounds"),
        pytest.param("COE-024", ("ECE-6",), False, id="a text without such an article"),
    ],
)
def test_a_refusal_wants_a_consultation_where_the_text_says_so(instrument: str, grounds: tuple[str, ...], wanted: bool) -> None:
    assert law().get(instrument).needs_consultation(grounds) is wanted


def test_an_unknown_instrument_is_an_error_of_its_own() -> None:
    with pytest.raises(UnknownInstrument):
        law().get("UN-UNCAC-X")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        pytest.param("effect: none", "effect: nothing", "'nothing' is not one of", id="a code that no list has"),
        pytest.param("duration: P1W", "duration: one week", "'one week' is no ISO 8601 duration", id="a length that is none"),
        pytest.param("- recipient_not:central", "- reciever:central", "'reciever' is no condition", id="a condition that is none"),
        pytest.param("- send/to_member", "- sends/to_member", "'sends/to_member' names no move", id="a move that is none"),
        pytest.param("- record_event:notification.received", "- record_event:nothing", "'nothing' is no event", id="an event that is none"),
        pytest.param("  - id: EIO-ACK-CA", "  - id: EIO-ACK", "EIO-ACK stands twice", id="an id that stands twice"),
        pytest.param("    taxonomy: NATIONAL_SECURITY", "    taxonomy: SECURITY", "'SECURITY' is not one of", id="a ground without taxonomy"),
    ],
)
def test_a_fault_is_named_with_file_line_and_place(folder: Path, before: str, after: str, sentence: str) -> None:
    line = (folder / "instruments.yaml").read_text().split(before)[0].count("\n") + 1

    with pytest.raises(InstrumentsFaulty) as refused:
        load(spoil(folder, before, after))

    (fault,) = refused.value.faults
    assert sentence in fault
    assert fault.startswith("instruments.yaml:")
    assert abs(int(fault.split(":")[1]) - line) <= 1, fault


def test_all_faults_are_named_at_once(folder: Path) -> None:
    spoil(folder, "effect: none", "effect: nothing")

    with pytest.raises(InstrumentsFaulty) as refused:
        load(spoil(folder, "duration: P1W", "duration: one week"))

    assert len(refused.value.faults) == 2


LOCAL = """
instruments:
- id: XX-YY-EXT
  title: Treaty between X and Y
  kinds: [extradition]
  time_limits:
  - {id: XY-PA, stage: provisional_arrest, duration: P45D, unit: calendar_days, bound: max, extendable: false, actor_side: requesting, binding: hard_stop,
     citation: Art. 9, effect: must_release, nature: duty, applies_when: [], starts_on: [arrest], ends_on: ['record_event:request.full_received'],
     stops_on: [], replaced_by: [], counting: NOROLL, strict_day_earlier: true, per: person}
local_rows:
- {id: LOCAL-MLA-180, under: [COE-030, UN-UNCAC], stage: execution, duration: P180D, unit: calendar_days, bound: max, extendable: false,
   actor_side: requested, binding: indicative, citation: house rule, effect: none, nature: duty, applies_when: ['kind:mla'],
   starts_on: [send/to_member, register], ends_on: [execute], stops_on: [information_requested], replaced_by: [],
   counting: NOROLL, strict_day_earlier: false, per: request}
"""


def test_a_local_treaty_and_a_local_limit_come_by_file_without_code(folder: Path) -> None:
    (folder / "local").mkdir()
    (folder / "local" / "treaties.yaml").write_text(LOCAL)

    loaded = load(folder)

    assert [row.basis for row in loaded.rows("XX-YY-EXT")] == ["local"]
    assert loaded.get("XX-YY-EXT").takes("extradition")
    assert [(row.id, row.instrument, row.basis) for row in loaded.local] == [("LOCAL-MLA-180", "COE-030/UN-UNCAC", "local")]
    assert loaded.digest != law().digest
