"""The relay's one row: what Kafka has acknowledged. Every change asks for the epoch of the relay that makes it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from shared.storage.differences import system_identifier
from shared.storage.errors import OtherCluster

Numbers = dict[str, list[int]]
LOCK = 0x0_6D6C_6102
COUNTED = 10_000


@dataclass(slots=True)
class RelayState:
    """As stored, and as the relay carries it on in memory between two changes."""

    run: int
    epoch: int
    refilling: bool
    prev: str
    target: str | None
    last_id: int
    seq: Numbers = field(default_factory=dict)
    ends: Numbers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Probe:
    """One look at the log: is there anything that Kafka has not? All members are of the same snapshot."""

    snapshot: str
    pending: bool
    moment: datetime
    sandbox: bool
    run: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """Facts that Kafka has not, counted up to ten thousand, and the age of the oldest among them."""

    facts: int
    oldest_seconds: float


def try_lock(conn: Connection[Any]) -> bool:
    """Whether this connection is the relay's now. Saves work when two relays run; safety never rests on it."""
    row = conn.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
    return bool(row and row[0])


def take_over(conn: Connection[Any]) -> RelayState:
    """The state, under a new epoch: whatever an earlier relay still does changes nothing any more.

    Raises:
        OtherCluster: the row comes from another database cluster.
    """
    here = system_identifier(conn)
    row = conn.execute(
        """
        UPDATE relay_state
           SET epoch = epoch + 1, system_identifier = coalesce(system_identifier, %(here)s)
     RETURNING run, epoch, refilling, prev::text, target::text, last_id, seq, ends, system_identifier
        """,
        {"here": here},
    ).fetchone()
    assert row is not None
    if row[8] != here:
        raise OtherCluster("the relay's position was made in another database cluster")
    return RelayState(*row[:8])


def look(conn: Connection[Any], prev: str) -> Probe:
    """Look for rows that *prev* has not. Writes nothing."""
    row = conn.execute(
        """
        SELECT pg_current_snapshot()::text,
               coalesce((SELECT e.xid FROM event e ORDER BY e.xid DESC LIMIT 1) >= pg_snapshot_xmax(%(prev)s::pg_snapshot), false)
               OR EXISTS (SELECT FROM event e WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(prev)s::pg_snapshot)))),
               moment(),
               EXISTS (SELECT FROM test_clock),
               (SELECT r.run FROM relay_state r)
        """,
        {"prev": prev},
    ).fetchone()
    assert row is not None
    return Probe(*row)


def set_target(conn: Connection[Any], state: RelayState) -> str | None:
    """The snapshot up to which the next batch goes, stored before it is used; None when another relay has taken over.

    The commit that stores it has an id of its own above the snapshot: no id that the snapshot counts as past can come again, not even after a crash.
    """
    row = conn.execute(
        """
        UPDATE relay_state
           SET target = pg_current_snapshot(), last_id = 0
         WHERE epoch = %(epoch)s AND run = %(run)s AND NOT refilling
     RETURNING target::text
        """,
        {"epoch": state.epoch, "run": state.run},
    ).fetchone()
    return None if row is None else str(row[0])


def page_done(conn: Connection[Any], state: RelayState) -> bool:
    """Everything up to `last_id` is acknowledged. False when another relay has taken over."""
    done = conn.execute(
        """
        UPDATE relay_state
           SET last_id = %(last_id)s, seq = %(seq)s, ends = %(ends)s
         WHERE epoch = %(epoch)s AND run = %(run)s AND NOT refilling
        """,
        _values(state),
    )
    return done.rowcount == 1


def batch_done(conn: Connection[Any], state: RelayState) -> bool:
    """The whole batch is acknowledged: its target is where the next one begins. False when another relay has taken over."""
    done = conn.execute(
        """
        UPDATE relay_state
           SET prev = target, done = target, target = NULL, last_id = 0, seq = %(seq)s, done_seq = %(seq)s, ends = %(ends)s
         WHERE epoch = %(epoch)s AND run = %(run)s AND NOT refilling
        """,
        _values(state),
    )
    return done.rowcount == 1


def _values(state: RelayState) -> dict[str, Any]:
    return {"epoch": state.epoch, "run": state.run, "last_id": state.last_id, "seq": Jsonb(state.seq), "ends": Jsonb(state.ends)}


def read_state(conn: Connection[Any]) -> RelayState:
    """The state as it is, without taking over."""
    row = conn.execute("SELECT run, epoch, refilling, prev::text, target::text, last_id, seq, ends FROM relay_state").fetchone()
    assert row is not None
    return RelayState(*row)


def mark(conn: Connection[Any]) -> tuple[datetime, int]:
    """A moment m and a transaction id b taken after it: whatever has an id above b is stamped m or later.

    Three statements, each committed before the next: the moment, the floor under all later stamps, an id.
    """
    row = conn.execute("SELECT moment()").fetchone()
    assert row is not None
    conn.execute("UPDATE clock_floor SET w = %(moment)s WHERE w < %(moment)s", {"moment": row[0]})
    own = conn.execute("SELECT pg_current_xact_id()::text").fetchone()
    assert own is not None
    return row[0], int(own[0])


def backlog(conn: Connection[Any]) -> Backlog:
    """How much is committed and not acknowledged."""
    row = conn.execute(
        """
        SELECT count(*), coalesce(extract(epoch FROM moment() - min(waiting.recorded_at)), 0)
          FROM (
                SELECT e.recorded_at
                  FROM event e, relay_state r
                 WHERE e.xid >= pg_snapshot_xmin(r.prev)
                   AND NOT pg_visible_in_snapshot(e.xid, r.prev)
                   AND NOT (r.target IS NOT NULL AND e.id <= r.last_id AND pg_visible_in_snapshot(e.xid, r.target))
                 ORDER BY e.xid
                 LIMIT %(counted)s
               ) waiting
        """,
        {"counted": COUNTED},
    ).fetchone()
    assert row is not None
    return Backlog(int(row[0]), float(row[1]))
