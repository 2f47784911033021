"""What Prometheus asks of metrics over the same requests: the rows behind its series laid as the settling keeps them, and how long a scrape takes."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from psycopg import Connection

from benchmarks.queries import lay_members, lay_series, remove_templates
from services.metrics.domain.facts import Stream
from services.metrics.domain.series import counted
from services.metrics.domain.standing import standing
from services.metrics.domain.weave import Woven
from services.metrics.domain.words import Words
from services.metrics.exposition import exposition
from services.metrics.series.keeping import count_again
from services.metrics.series.queries import keep_counted, keep_reach, keep_standing
from services.metrics.series.waiting import keep_quantiles
from shared.storage.pool import connect

SCRAPES = 20


class NothingMeasured(RuntimeError):
    """A scrape told no figures."""


def lay(conn: Connection[Any], streams: Sequence[Stream], courses: Sequence[Woven], words: Words) -> None:
    """The rows of each history as often as its course was laid, and their sums."""
    templates = [str(UUID(int=number)) for number in range(len(streams))]
    added = (counted(stream) for stream in streams)
    keep_counted(conn, [replace(one, request=request) for one, request in zip(added, templates, strict=True) if one is not None])
    stand = (standing(request, rows, words) for request, rows in zip(templates, courses, strict=True))
    keep_standing(conn, [one for one in stand if one is not None])
    lay_series(conn)
    remove_templates(conn, templates)
    begun = time.monotonic()
    with conn.transaction():
        count_again(conn)
        keep_reach(conn)
    print(f"sums of all requests counted again in {time.monotonic() - begun:.1f} s")


def scrapes(owner: str, app: str, members: Sequence[tuple[str, str, str]]) -> dict[str, list[float]]:
    """Seconds of the waiting curves, of the first scrape and of those after it; *members* are authorities with State and zone."""
    found: dict[str, list[float]] = {}
    told: bytes = b""
    with connect(owner, "bench-scrapes") as conn:
        lay_members(conn, members)
    with connect(app, "bench-scrapes") as conn:
        begun = time.monotonic()
        keep_quantiles(conn)
        found["waiting curves"] = [time.monotonic() - begun]
        for number in range(SCRAPES + 1):
            begun = time.monotonic()
            told = exposition(conn)
            found.setdefault("scrapes" if number else "first scrape", []).append(time.monotonic() - begun)
    if b"mlat_requests_open{" not in told:
        raise NothingMeasured("the series are absent")
    return found
