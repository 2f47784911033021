"""PDF as pdfium reads and paints it."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

import numpy
import pypdfium2
import pytest

from services.metrics.reports.formats.document import as_pdf, described, shortened
from services.metrics.reports.sheet import Report
from services.metrics.reports.table import REPORTS
from tests.services.metrics.reports.made import SAMPLE, awkward, made, named


@lru_cache(maxsize=32)
def given(name: str, beside: bool) -> bytes:
    """The file of a report of the given set."""
    return as_pdf(named(made(name, beside)))


def pages(file: bytes) -> list[str]:
    """The text of each page, blanks and line ends made one."""
    return [re.sub(r"\s+", " ", page.get_textpage().get_text_bounded()) for page in pypdfium2.PdfDocument(file)]


def margins(file: bytes) -> list[tuple[float, float]]:
    """How much white each painted page has on its left and right, in millimetres."""
    found = []
    for page in pypdfium2.PdfDocument(file):
        ink = numpy.asarray(page.render(scale=1, grayscale=True).to_numpy()).squeeze().min(axis=0) < 200
        places = numpy.flatnonzero(ink)
        found.append((places[0] * 25.4 / 72, (len(ink) - 1 - places[-1]) * 25.4 / 72))
    return found


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("name", REPORTS)
def test_every_page_says_whose_report_as_known_when_and_which_page(name: str, beside: bool) -> None:
    found = named(made(name, beside))
    file = given(name, beside)
    text = pages(file)

    for number, page in enumerate(text, start=1):
        assert SAMPLE in page
        assert "SAMPLE DATA" in page
        assert "As known at 2026-01-31 23:00:00 UTC" in page
        assert found.checksum in page
        assert f"Page {number} of {len(text)}" in page
    assert all(left > 14 and right > 14 for left, right in margins(file))


@pytest.mark.parametrize("name", REPORTS)
def test_every_row_note_and_source_is_on_paper(name: str) -> None:
    found = named(made(name, beside=True))
    whole = " ".join(pages(given(name, True))).replace("− ", "−")

    for row in described(found)["table"]["rows"]:
        assert " ".join(row["cells"]) in whole
    for note in (*found.notes, *(found.beside.notes if found.beside else ())):
        assert note in whole
    for column in found.columns:
        assert column.name.replace("_", " ") in whole
        assert column.meaning in whole
        assert (column.asked_by or "added by us") in whole
    assert "2025-01-01 to 2025-12-31 (Europe/Berlin)" in whole


def test_the_file_is_archivable_and_readable_aloud() -> None:
    """PDF/A-2a and PDF/UA-1 as its metadata claim them; typst refuses to write what is neither. Every font is in the file."""
    file = given("cepej", False)

    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in re.sub(rb">\s+<", b"><", file)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in file
    assert pypdfium2.PdfDocument(file).get_metadata_value("Title").startswith("Incoming, resolved and pending requests, Ministry")
    assert pypdfium2.PdfDocument(file).get_metadata_value("CreationDate").startswith("D:20260131230000")


def test_wide_tables_lie_on_their_side() -> None:
    sizes = {name: pypdfium2.PdfDocument(given(name, False))[0].get_size() for name in ("account", "cepej")}

    assert sizes["account"][0] > sizes["account"][1]
    assert sizes["cepej"][0] < sizes["cepej"][1]


def test_figures_are_data_and_never_read_as_markup() -> None:
    found = awkward([["#panic()", 1, None], ["*bold* $x^2$ \\ <label>", -2, 0.5]], name="#set page(fill: red) @ref")

    (page,) = pages(as_pdf(found))

    assert "#panic() 1 –" in page
    assert "*bold* $x^2$ \\ <label> −2 0.5" in page
    assert "#set page(fill: red) @ref" in page


def test_a_long_name_keeps_its_mark_and_the_page_its_shape() -> None:
    found: Report = replace(awkward([["k" * 60, 10**9, 1.5]]), query=named(awkward([]), "Office " * 60 + "(sample data)").query)
    file = as_pdf(found)

    assert all("… (sample data)" in page for page in pages(file))
    assert all(left > 14 and right > 14 for left, right in margins(file))
    assert shortened("Office " * 60, "(sample data)").endswith("… (sample data)")


def test_a_report_without_rows_says_so() -> None:
    assert "Nothing to show." in pages(as_pdf(awkward([])))[0]


def test_a_hidden_number_is_a_dash_and_the_notes_say_why() -> None:
    """Carried forward 2 and new 18 with nothing corrected: 2 is hidden, 0 and 18 are not."""
    found = named(made("account", publish="true"))
    whole = " ".join(pages(as_pdf(found)))

    assert "Small numbers (1 to 9) are hidden" in whole
    assert "incoming all – 0 – 18" in whole
