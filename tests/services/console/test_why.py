"""Why a date is as it is: the sentences come in the language of the reader's browser, and the page says which that is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from services.console.apis import Api
from tests.services.console.answering import KEY, ME, console

REQUEST = "00000000-0000-0000-0000-000000000008"
CLOCK = {
    "row": "EIO-RECOG", "citation": "Art. 12(3)", "state": "met", "strict_due": "2026-07-01", "nominal_due": "2026-07-01", "adjusted_due": "2026-07-01",
    "promised_due": None, "remaining": None, "calendar": "CZ@holidays-0", "zone": "Europe/Prague",
}  # fmt: skip
READINGS = {"fr": "Dans les temps jusqu'au mercredi 1er juillet 2026.", "en": "In time until Wed 2026-07-01."}


def answered(call: httpx.Request) -> httpx.Response:
    """What requests answers: French to whom asks for it first, else English."""
    if call.url.path == "/v1/me":
        return httpx.Response(200, json=ME)
    language = "fr" if call.headers.get("Accept-Language", "").startswith("fr") else "en"
    lines: list[dict[str, Any]] = [{"reading": READINGS[language], "rules": [], "result": None}]
    body = {"id": REQUEST, "clock": CLOCK, "lines": lines, "earlier": [], "fingerprint": "f", "act_by": "2026-07-01"}
    return httpx.Response(200, json=body, headers={"Content-Language": language})


@pytest.mark.parametrize(("asked", "language"), [("fr-CA,fr;q=0.9", "fr"), ("cs", "en"), (None, "en")])
def test_the_reasons_come_in_the_language_of_the_browser(tmp_path: Path, asked: str | None, language: str) -> None:
    app, _, _ = console(tmp_path)
    api = Api("requests", "http://requests.invalid", 1)
    api._client = httpx.Client(base_url="http://requests.invalid", transport=httpx.MockTransport(answered))
    app.extensions["requests_api"] = api
    client = app.test_client()
    client.post("/sign-in", data={"key": KEY})

    page = client.get(f"/requests/{REQUEST}/clocks/c1", headers={"Accept-Language": asked} if asked else {}).text

    assert f'<p lang="{language}">' in page
    assert READINGS[language].replace("'", "&#39;") in page
