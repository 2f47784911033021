"""The page of delays as the console asks for it: six calls at the same time, answered by the interface of metrics under its gunicorn; facts come in between."""

import os
import random
import secrets
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks.history import MEASURED, Arriving
from benchmarks.place import Place
from benchmarks.queries import lay_key
from shared.storage.directory import KEY_PREFIX, key_hash
from shared.storage.pool import connect
from shared.web.answers import json_bytes

PARTS = ("own figures", "a year before", "28 days before", "by counterpart", "by counterpart and stage")
PAGE = "the page of delays over HTTP, its parts at the same time, facts came"
UNTIL_WARM, PAGES = 20, 60
"""In the first pages each worker counts each part once for the day: they are not measured."""
APART = timedelta(seconds=7)
FIGURES, EARLY_WARNINGS = "/v1/figures", "/v1/early-warnings"
KEY = "measuring"


def questions(moment: datetime) -> list[dict[str, Any]]:
    """The figures of the page, as known at one moment."""
    now = {"authority": MEASURED, "as_known_at": moment.isoformat()}
    year = {**now, "from": f"{moment.year}-01-01", "to": (moment + timedelta(days=1)).date().isoformat()}
    before = {**now, "from": f"{moment.year - 1}-01-01", "to": (moment - timedelta(days=364)).date().isoformat()}
    weeks = {**now, "from": f"{moment.year}-01-01", "to": (moment - timedelta(days=27)).date().isoformat()}
    return [
        {**year, "curve": "to_decide", "months": True, "overdue": True},
        {**before, "curve": "to_decide"},
        {**weeks, "group_by": "stage"},
        {**year, "group_by": "counterpart", "overdue": True},
        {**year, "group_by": "counterpart,stage"},
    ]


def calls(moment: datetime) -> list[tuple[str, Mapping[str, str]]]:
    """The path and the parameters of each call."""
    asked = [{name: json_bytes(value).decode().strip('"') for name, value in own.items() if name != "authority"} for own in questions(moment)]
    return [*((FIGURES, own) for own in asked), (EARLY_WARNINGS, {"as_known_at": moment.isoformat()})]


@contextmanager
def served(owner: str, app: str) -> Iterator[httpx.Client]:
    """The interface of metrics over a database, and who calls it: a head of the measured authority."""
    secret = secrets.token_urlsafe(32)
    with connect(owner, "bench-delays") as conn:
        lay_key(conn, KEY, MEASURED, key_hash((Path(os.environ["SECRETS_DIR"]) / "api_key_secret").read_text().strip(), secret))
    place = Place("metrics", {**os.environ, "DATABASE_URL": app, "LOG_LEVEL": "warning"})
    headers = {"Authorization": f"Bearer {KEY_PREFIX}_{KEY}_{secret}"}
    with place.server("services.metrics.api.wsgi:app") as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as client:
        yield client


def over_http(owner: str, app: str, begins: datetime) -> list[float]:
    """Seconds of each page, from the first call to the last answer, as known at moments from *begins* on."""
    found, arriving = [], Arriving(owner, random.Random(7))
    with served(owner, app) as client, ThreadPoolExecutor(len(PARTS) + 1) as callers:

        def answered(call: tuple[str, Mapping[str, str]]) -> None:
            client.get(call[0], params=call[1]).raise_for_status().json()

        for number in range(UNTIL_WARM + PAGES):
            moment = begins + APART * number
            arriving.some(moment + timedelta(seconds=1))
            began = time.monotonic()
            list(callers.map(answered, calls(moment)))
            found.append(time.monotonic() - began)
    return found[UNTIL_WARM:]
