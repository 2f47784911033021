"""Keeps the rows behind the series as requests are settled: only what differs from before is written, and only differences are added to the sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

from services.metrics.domain.facts import Stream
from services.metrics.domain.series import BUCKETS, LIMITS, TURNAROUND, TURNAROUND_MICROS, Counted, Tally, counted, sides
from services.metrics.domain.standing import Flow, Standing, standing
from services.metrics.domain.weave import Woven
from services.metrics.domain.words import Words
from services.metrics.series import queries


def keep_series(conn: Connection[Any], streams: Sequence[Stream], courses: Iterable[tuple[str, Woven]], words: Words) -> None:
    """These requests are in the series as their facts say; in the transaction that settles them."""
    requests = [stream.request for stream in streams]
    _keep_counted(conn, queries.counted(conn, requests), [counted(stream) for stream in streams])
    _keep_standing(conn, queries.standing(conn, requests), [standing(request, rows, words) for request, rows in courses])


@contextmanager
def following(conn: Connection[Any]) -> Iterator[None]:
    """Where the series held every course, they hold every course afterwards; where they did not, those follow in their turn."""
    complete = queries.is_complete(conn)
    yield
    if complete:
        queries.keep_reach(conn)


def _keep_counted(conn: Connection[Any], before: Mapping[str, Counted], found: Iterable[Counted | None]) -> None:
    now = [one.never_less(before.get(one.request)) for one in found if one is not None]
    changed = [one for one in now if before.get(one.request) != one]
    amounts: Counter[Tally] = Counter()
    for one in changed:
        amounts.update(one.tallies())
        if one.request in before:
            amounts.subtract(before[one.request].tallies())
    if changed:
        queries.keep_counted(conn, changed)
        queries.add_to_counters(conn, amounts)


def _keep_standing(conn: Connection[Any], before: Mapping[str, Standing], found: Sequence[Standing | None]) -> None:
    now = {one.request: one for one in found if one is not None}
    gone = [one for request, one in before.items() if now.get(request) != one]
    new = [one for request, one in now.items() if before.get(request) != one]
    if gone:
        queries.remove_standing(conn, [one.request for one in gone])
    if new:
        queries.keep_standing(conn, new)
    if flows := _flows(new, gone):
        queries.add_to_flows(conn, flows)


def _flows(new: Iterable[Standing], gone: Iterable[Standing]) -> list[Flow]:
    """By how much more came and went."""
    came: Counter[tuple[str, str, str]] = Counter()
    went: Counter[tuple[str, str, str]] = Counter()
    for rows, sign in ((new, 1), (gone, -1)):
        for row in rows:
            for authority, side in sides(row.requesting, row.requested):
                came[authority, side, row.kind] += sign * row.came
                went[authority, side, row.kind] += sign * row.went
    return [Flow(*key, came[key], went[key]) for key in sorted(came) if came[key] or went[key]]


def count_again(conn: Connection[Any]) -> None:
    """The sums are those of the rows, whatever they were; in one transaction under the lock of the settling."""
    amounts: Counter[Tally] = Counter()
    for one, number in queries.counted_alike(conn):
        amounts.update({tally: amount * number for tally, amount in one.tallies().items()})
    for kind, bucket, number, micros in queries.turnarounds(conn, LIMITS):
        amounts.update({Tally(TURNAROUND, kind=kind, value=BUCKETS[bucket]): number, Tally(TURNAROUND_MICROS, kind=kind): micros})
    queries.forget_sums(conn)
    queries.add_to_counters(conn, amounts)
    queries.add_to_flows(conn, queries.flows_of_standing(conn))
