"""A mapping file, and what is said of a wrong one."""

import pytest

from services.requests.exchange.faults import UnreadableRegister
from services.requests.exchange.mapping import read_mapping

MAPPING = """
sheet: Register 2025
header_row: 3
date_formats: ["%d.%m.%Y", "%d.%m.%Y %H:%M"]
time_zone: Europe/Prague
columns: {Aktenzeichen: own_reference, Land: counterpart, Art: kind, Ort: field.place_of_measure}
values:
  kind: {Rechtshilfe: mla, EEA: eio}
  counterpart: {Norwegen: no-central, NO: no-central}
defaults: {direction: outgoing, instrument: COE-030}
ignore: Bemerkung
"""


def test_headings_are_found_whatever_their_case_blanks_and_hidden_signs() -> None:
    mapping = read_mapping(MAPPING.encode())

    assert [mapping.column_of(heading) for heading in ("aktenzeichen ", "\ufeffLand", "Own Reference", "Bemerkung", "ORT")] == [
        "own_reference",
        "counterpart",
        "own_reference",
        None,
        "field.place_of_measure",
    ]


def test_norway_is_no_denial() -> None:
    mapping = read_mapping(MAPPING.encode())

    assert mapping.translated("counterpart", "NO") == "no-central"
    assert mapping.translated("kind", "eea") == "eio"
    assert mapping.translated("kind", "extradition") == "extradition"


def test_an_empty_mapping_maps_nothing() -> None:
    assert read_mapping(b"").columns == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("colums: {a: kind}", "colums: no such setting", id="a setting misspelt"),
        pytest.param("columns: {a: knid}", "no such columns: knid", id="a column misspelt"),
        pytest.param("columns: {a: kind, b: kind}", "two headings for kind", id="one column twice"),
        pytest.param("time_zone: Mars/North", "no time zone", id="a zone of elsewhere"),
        pytest.param("header_row: 0", "no row", id="row nought"),
        pytest.param("delimiter: '::'", "one sign", id="two signs"),
        pytest.param("[1, 2", "no YAML", id="no YAML"),
        pytest.param("[" * 5000, "nested too deeply", id="nested beyond measure"),
        pytest.param("- a", "list of settings", id="no settings"),
        pytest.param("values: {kind: {x: {y: z}}}", "must be words", id="too deep"),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(UnreadableRegister, match=words):
        read_mapping(text.encode())


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(UnreadableRegister) as refusal:
        read_mapping(b"colums: {}\ntime_zone: X/Y\nheader_row: nought")

    assert len(refusal.value.faults) == 3
