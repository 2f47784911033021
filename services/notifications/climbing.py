"""Keeps the ladders of clocks in step with the facts: which levels are pending after each of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from services.notifications.domain.following import Followed
from services.notifications.domain.ladder import Key, Ladder, Pending, Silence, judged, rungs_for, with_floors
from services.notifications.domain.own_ladder import setting_from
from services.notifications.domain.running import TURNS, ClockRun, after, concerns, started
from services.notifications.queries.clocks import pending_of, replace_pending, runs_of, save_runs, set_silence, silences_of
from services.notifications.queries.escalations import fired_of
from services.notifications.queries.following import Office, offices
from services.notifications.queries.ladders import ladder_settings

CLIMBING = frozenset({"ClockStarted", "FactCorrected", *TURNS})
"""The types of facts that can change a ladder."""


@dataclass(slots=True)
class Climb:
    """One run with what is pending and what has fired."""

    run: ClockRun
    pending: dict[Key, Pending]
    fired: frozenset[Key]
    silence: Silence | None = None
    stored: tuple[Key, ...] = ()
    changed: bool = False


def side_that_answers(run: ClockRun, followed: Followed, known: Mapping[str, Office]) -> str:
    """Return the authority whose ladder it is: the one that must act, or the member on the other side where that one is no member here."""
    acting = known.get(run.authority)
    if acting is None or acting.member or followed.parties.side_of(run.authority) is None:
        return run.authority
    counterpart = followed.counterpart_of(run.authority)
    return counterpart if counterpart in known and known[counterpart].member else run.authority


class Climbs:
    """The climbs of some requests, locked, changed in memory, written once."""

    def __init__(self, conn: Connection[Any], requests: Collection[str], followed: Mapping[str, Followed]) -> None:
        self._conn = conn
        runs = runs_of(conn, requests, lock=True)
        clocks = [run.clock for run in runs]
        pending, fired, silences = pending_of(conn, clocks), fired_of(conn, clocks), silences_of(conn, clocks)
        self._climbs = {run.clock: Climb(run, pending[run.clock], fired[run.clock], silences.get(run.clock), tuple(pending[run.clock])) for run in runs}
        self._by_request: dict[str, list[str]] = {}
        for run in runs:
            self._by_request.setdefault(run.request, []).append(run.clock)
        involved = {authority for each in followed.values() for authority in (each.parties.requesting, *each.parties.requested)}
        self._offices = offices(conn, involved | {run.authority for run in runs})
        self._own = {authority: setting_from(document).ladders for authority, document in ladder_settings(conn, self._offices).items()}

    def take(self, request: str, type_: str, fact: str, data: Mapping[str, Any], followed: Followed, known_at: datetime) -> None:
        """Take one fact over."""
        if type_ == "ClockStarted":
            run = started(request, data)
            if run.clock not in self._climbs:
                self._by_request.setdefault(request, []).append(run.clock)
                self._climbs[run.clock] = Climb(run, {}, fired_of(self._conn, [run.clock])[run.clock])
                self._judge(self._climbs[run.clock], None, followed, known_at)
            return
        for clock in self._by_request.get(request, ()):
            climb = self._climbs[clock]
            if concerns(climb.run, type_, data):
                before, climb.run = climb.run, after(climb.run, type_, fact, data)
                self._judge(climb, before, followed, known_at)

    def judge_again(self, followed: Mapping[str, Followed], now: datetime) -> None:
        """Judge every climb anew: a ladder was set, or somebody has answered."""
        for climb in self._climbs.values():
            self._judge(climb, climb.run, followed[climb.run.request], now)

    def silence(self, clock: str, silence: Silence) -> None:
        """Somebody answered an escalation of the clock; call `judge_again` after it."""
        self._climbs[clock].silence = silence
        set_silence(self._conn, clock, silence)

    def _judge(self, climb: Climb, before: ClockRun | None, followed: Followed, known_at: datetime) -> None:
        rungs = rungs_for(climb.run, followed.kind, followed.urgency, self._ladders(climb.run, followed))
        climb.run = with_floors(before, climb.run, rungs, known_at)
        climb.pending = judged(climb.run, rungs, climb.pending, climb.fired, known_at, climb.silence)
        climb.changed = True

    def _ladders(self, run: ClockRun, followed: Followed) -> tuple[Ladder, ...]:
        return self._own.get(side_that_answers(run, followed, self._offices), ())

    def save(self, known_at: datetime) -> None:
        """Write what has changed."""
        changed = [climb for climb in self._climbs.values() if climb.changed]
        save_runs(self._conn, [climb.run for climb in changed], known_at)
        before = [key for climb in changed for key in climb.stored]
        now: dict[Key, Pending] = {}
        for climb in changed:
            now |= climb.pending
        replace_pending(self._conn, before, now)
