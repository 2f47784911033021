"""Pages as they come out of the printer."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from playwright.sync_api import Page

A4 = (595, 842)
"""In points."""


def printed(page: Page, path: Path) -> str:
    """The words of the open page on paper, all its sheets one after the other; the sheets are A4."""
    page.pdf(path=path, prefer_css_page_size=True)
    sheets = pypdfium2.PdfDocument(path)
    words = " ".join(word for sheet in sheets for word in sheet.get_textpage().get_text_bounded().split())
    sizes = {tuple(round(side) for side in sheet.get_size()) for sheet in sheets}
    sheets.close()
    assert sizes == {A4}
    return words
