"""Sends what is due: takes deliveries, makes one attempt at each, and ends it by compare-and-set.

At least once: a process that dies between the call and its completion leaves a lease behind; when it has run out, the delivery is taken again
under the same message id, by which the receiver recognises it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

import psycopg
import psycopg_pool
import structlog
from psycopg import Connection

from services.notifications.alerts import alerts_about
from services.notifications.channels.channel import Channel, Parcel
from services.notifications.channels.webhook import echoes
from services.notifications.domain.answers import Answer, Verdict
from services.notifications.domain.retry import GiveUp, TryAgain, after
from services.notifications.keys import WebhookKeys
from services.notifications.queries.deliveries import (
    Claimed,
    cancel_waiting,
    claim,
    complete,
    end_attempt,
    insert_deliveries,
    lane_answered,
    lane_failures,
    pause_lane,
)
from services.notifications.queries.subscriptions import moment, set_state, set_verified, subscription
from services.notifications.telling import Place
from shared.storage.clock import machine_now
from shared.storage.pool import Pool
from shared.telemetry.metrics import LOOP_FAILURES

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than any attempt may take (each channel ends its attempt within 15 seconds)."""

POLL_SECONDS = 0.25
FIRST_BREATHER = timedelta(seconds=5)
LONGEST_BREATHER = timedelta(minutes=5)


def breather(failures: int) -> timedelta:
    """Return how long a receiver that could not be reached at all is left alone, whatever is due for it."""
    doublings: int = 2 ** min(failures, 10)
    return min(LONGEST_BREATHER, FIRST_BREATHER * doublings)


class Sender:
    """One process that sends. Any number may run side by side."""

    def __init__(
        self,
        pool: Pool,
        channels: Mapping[str, Channel],
        keys: WebhookKeys,
        place: Place,
        *,
        threads: int = 16,
        lease: timedelta = LEASE,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._pool = pool
        self._channels = channels
        self._keys = keys
        self._place = place
        self._threads = threads
        self._lease = lease
        self._chance = chance
        self.last_attempts: dict[str, Mapping[str, Any]] = {}
        """How the last attempt of this process ended, by channel."""

    def run(self, stop: threading.Event, tick: Callable[[], None] = lambda: None) -> None:
        """Send until somebody asks to stop; what is under way then is brought to its end."""
        flying: set[Future[None]] = set()
        with ThreadPoolExecutor(self._threads, thread_name_prefix="send") as threads:
            while not stop.is_set():
                tick()
                taken = self._take(self._threads - len(flying))
                flying |= {threads.submit(self._attempt, each) for each in taken}
                if taken or not flying:
                    stop.wait(0 if taken else POLL_SECONDS)
                _, flying = wait(flying, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED) if flying else (set(), flying)

    def send_due(self) -> int:
        """Make one attempt at everything that is due now, and return how many were made."""
        made = 0
        with ThreadPoolExecutor(self._threads, thread_name_prefix="send") as threads:
            while taken := self._take(self._threads):
                made += len(taken)
                for _ in threads.map(self._attempt, taken):
                    pass
        return made

    def _take(self, room: int) -> list[Claimed]:
        if room <= 0:
            return []
        try:
            with self._pool.connection() as conn:
                return claim(conn, limit=room, lease=self._lease)
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as fault:
            LOOP_FAILURES.labels("send").inc()
            log.warning("database_away", error=type(fault).__name__)
            return []

    def _attempt(self, claimed: Claimed) -> None:
        """Make the attempt and end it. A database that is away then leaves the lease to run out."""
        try:
            answer = self._deliver(claimed)
            self.last_attempts[claimed.channel] = {"at": machine_now(), "verdict": answer.verdict.value, "status": answer.status}
            with self._pool.connection(timeout=30) as conn, conn.transaction():
                self._end(conn, claimed, answer)
            log.info("attempted", delivery=str(claimed.id), number=claimed.attempts, verdict=answer.verdict.value, status=answer.status)
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as fault:
            LOOP_FAILURES.labels("send").inc()
            log.warning("attempt_not_ended", delivery=str(claimed.id), number=claimed.attempts, error=type(fault).__name__)
        except Exception:  # the top of a thread: one delivery must not end the process; the lease brings it back
            LOOP_FAILURES.labels("send").inc()
            log.exception("attempt_failed", delivery=str(claimed.id), number=claimed.attempts)

    def _deliver(self, claimed: Claimed) -> Answer:
        sent_at = machine_now()
        parcel = Parcel(
            message_id=claimed.message_id,
            target=claimed.target,
            type=claimed.type,
            language=claimed.language,
            message=claimed.message,
            sent_at=sent_at,
            attempt=claimed.attempts,
            secrets=self._signing_keys(claimed),
        )
        answer = self._channels[claimed.channel].deliver(parcel)
        if claimed.purpose == "challenge" and answer.verdict is Verdict.ACCEPTED and not echoes(answer, str(claimed.message["challenge"])):
            return Answer(Verdict.FAILED, answer.status, "the challenge was not sent back")
        return answer

    def _signing_keys(self, claimed: Claimed) -> tuple[str, ...]:
        if claimed.channel != "webhook" or claimed.subscription is None:
            return ()
        with self._pool.connection() as conn:
            owner = subscription(conn, claimed.subscription)
            return self._keys.signing(owner, moment(conn)) if owner is not None else ()

    def _end(self, conn: Connection[Any], claimed: Claimed, answer: Answer) -> None:
        now = moment(conn)
        end_attempt(conn, claimed, verdict=answer.verdict.value, status=answer.status, detail=answer.detail, now=now)
        following = after(answer, attempt=claimed.tries, now=now, chance=self._chance())
        if following is None:
            self._delivered(conn, claimed, now)
        elif isinstance(following, TryAgain):
            self._later(conn, claimed, answer, following, now)
        else:
            self._given_up(conn, claimed, following, now)

    @staticmethod
    def _delivered(conn: Connection[Any], claimed: Claimed, now: datetime) -> None:
        lane_answered(conn, claimed.lane)
        if complete(conn, claimed, state="delivered", now=now) and claimed.purpose == "challenge" and claimed.subscription is not None:
            set_verified(conn, claimed.subscription, now)

    @staticmethod
    def _later(conn: Connection[Any], claimed: Claimed, answer: Answer, following: TryAgain, now: datetime) -> None:
        complete(conn, claimed, state="waiting", now=now, due_at=following.due_at, reason=answer.detail)
        if following.pause_receiver and answer.retry_after is not None:
            pause_lane(conn, claimed.lane, following.due_at)
        elif answer.status is None:
            pause_lane(conn, claimed.lane, now + breather(lane_failures(conn, claimed.lane)))

    def _given_up(self, conn: Connection[Any], claimed: Claimed, following: GiveUp, now: datetime) -> None:
        if not complete(conn, claimed, state="given_up", now=now, reason=following.reason):
            return
        dead = following.reason == "gone" or claimed.purpose == "challenge"
        alerts = alerts_about(conn, claimed, following.reason, self._place, now)
        if dead and claimed.subscription is not None:
            set_state(conn, claimed.subscription, "disabled")
            cancel_waiting(conn, claimed.subscription, reason=following.reason, now=now)
        insert_deliveries(conn, alerts)
