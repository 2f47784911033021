"""Deadlines as an iCalendar feed: stable ids, numbered updates, cancellations in place of vanishing. Reference and dates only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from services.notifications.telling import Place
from shared.facts.members import parse_when

PRODUCT = "-//Rogatory//Deadlines//EN"
ENDED = frozenset({"ended", "lapsed"})
REFRESH = "PT1H"


def calendar(name: str, runs: Iterable[Mapping[str, Any]], place: Place) -> bytes:
    """Return the feed of *runs*; equal runs give equal bytes."""
    feed = Calendar()
    feed.add("prodid", PRODUCT)
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", name)
    feed.add("x-published-ttl", REFRESH)
    for run in runs:
        feed.add_component(event(run, place))
    written: bytes = feed.to_ical()
    return written


def event(run: Mapping[str, Any], place: Place) -> Event:
    """Return the entry of one run: a whole day for clocks in days, a moment without length for clocks in hours."""
    due = parse_when(run["strict_due"])
    entry = Event()
    entry.add("uid", f"{run['clock']}@rogatory")
    entry.add("sequence", run["changes"])
    entry.add("dtstamp", run["changed_at"].astimezone(UTC))
    entry.add("last-modified", run["changed_at"].astimezone(UTC))
    if isinstance(due, datetime):
        entry.add("dtstart", due.astimezone(UTC))
    else:
        entry.add("dtstart", due)
        entry.add("dtend", due + timedelta(days=1))
    provisional = run["course"] == "suspended"
    entry.add("summary", f"{run['reference'] or run['request']}: {run['row_id']}")
    entry.add("status", "CANCELLED" if run["course"] in ENDED else "TENTATIVE" if provisional else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    entry.add("class", "CONFIDENTIAL")
    link = place.link_to(run["request"])
    if link is not None:
        entry.add("url", link)
    return entry
