"""Every SQL statement about the rows behind the series, one typed function each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from services.metrics.domain.elements import NEVER
from services.metrics.domain.series import Counted, Tally
from services.metrics.domain.standing import Flow, Group, Labels, Run, Runs, Standing, Waiting


class Quantiles(NamedTuple):
    """Days by direction, kind and share, and as known when."""

    known_at: datetime
    days: dict[Labels, int]


# --- writing: the settling of requests only -------------------------------------------------------------------------


def counted(conn: Connection[Any], requests: Sequence[str]) -> dict[str, Counted]:
    """What these requests have added to the counters."""
    with conn.cursor(row_factory=_counted) as cursor:
        cursor.execute(
            """
            SELECT request::text, requesting, requested, kind, arrived, ends, turnaround, levels
              FROM counted
             WHERE request = ANY (%(requests)s::uuid[])
             ORDER BY request
            """,
            {"requests": list(requests)},
        )
        return {row.request: row for row in cursor.fetchall()}


def keep_counted(conn: Connection[Any], rows: Sequence[Counted]) -> None:
    """Keep what these requests have added."""
    conn.execute(
        """
        INSERT INTO counted (request, requesting, requested, kind, arrived, ends, turnaround, levels)
        SELECT request, requesting, requested, kind, arrived, ends, turnaround, levels
          FROM jsonb_to_recordset(%(rows)s)
            AS n (request uuid, requesting text, requested text, kind text, arrived boolean, ends text[], turnaround bigint, levels text[])
         ORDER BY request
            ON CONFLICT (request) DO UPDATE
           SET requesting = EXCLUDED.requesting, requested = EXCLUDED.requested, kind = EXCLUDED.kind, arrived = EXCLUDED.arrived,
               ends = EXCLUDED.ends, turnaround = EXCLUDED.turnaround, levels = EXCLUDED.levels
        """,
        {"rows": Jsonb([asdict(row) for row in rows])},
    )


def add_to_counters(conn: Connection[Any], amounts: Mapping[Tally, int]) -> None:
    """Add these amounts; one of nothing is not kept."""
    conn.execute(
        """
        INSERT INTO counter (series, authority, direction, kind, value, amount)
        SELECT series, authority, direction, kind, value, amount
          FROM jsonb_to_recordset(%(rows)s) AS n (series text, authority text, direction text, kind text, value text, amount bigint)
         ORDER BY series, authority, direction, kind, value
            ON CONFLICT (series, authority, direction, kind, value) DO UPDATE
           SET amount = counter.amount + EXCLUDED.amount
        """,
        {"rows": Jsonb([{**tally._asdict(), "amount": amount} for tally, amount in amounts.items() if amount])},
    )


def standing(conn: Connection[Any], requests: Sequence[str]) -> dict[str, Standing]:
    """How these requests stood when they were settled last."""
    with conn.cursor(row_factory=_standing) as cursor:
        cursor.execute(
            """
            SELECT s.request::text, s.requesting, s.requested, s.kind, s.stage, s.arrived_at, s.left_at, s.open_since, s.due, s.came, s.went,
                   (SELECT jsonb_agg(jsonb_build_array(c.clock_row, c.state, c.due) ORDER BY c.place) FROM standing_clock c WHERE c.request = s.request)
              FROM standing s
             WHERE s.request = ANY (%(requests)s::uuid[])
             ORDER BY s.request
            """,
            {"requests": list(requests)},
        )
        return {row.request: row for row in cursor.fetchall()}


def remove_standing(conn: Connection[Any], requests: Sequence[str]) -> None:
    """These requests are counted no more, or kept anew."""
    conn.execute("DELETE FROM standing_clock WHERE request = ANY (%(requests)s::uuid[])", {"requests": list(requests)})
    conn.execute("DELETE FROM standing WHERE request = ANY (%(requests)s::uuid[])", {"requests": list(requests)})


def keep_standing(conn: Connection[Any], rows: Sequence[Standing]) -> None:
    """Keep how these requests stand; none of them is there."""
    conn.execute(
        """
        INSERT INTO standing (request, requesting, requested, kind, stage, arrived_at, left_at, open_since, due, came, went)
        SELECT request, requesting, requested, kind, stage, arrived_at, left_at, open_since, due, came, went
          FROM jsonb_to_recordset(%(rows)s)
            AS n (request uuid, requesting text, requested text, kind text, stage text,
                  arrived_at bigint, left_at bigint, open_since bigint, due bigint, came integer, went integer)
         ORDER BY request
        """,
        {"rows": Jsonb([asdict(row) for row in rows])},
    )
    conn.execute(
        """
        INSERT INTO standing_clock (request, place, requesting, requested, clock_row, state, due)
        SELECT request, place, requesting, requested, clock_row, state, due
          FROM jsonb_to_recordset(%(rows)s)
            AS n (request uuid, place integer, requesting text, requested text, clock_row text, state text, due bigint)
         ORDER BY request, place
        """,
        {"rows": Jsonb([_clock(row, place, run) for row in rows for place, run in enumerate(row.runs, start=1)])},
    )


def _clock(row: Standing, place: int, run: Run) -> dict[str, Any]:
    sides = {"request": row.request, "requesting": row.requesting, "requested": row.requested}
    return {**sides, "place": place, "clock_row": run.row, "state": run.state, "due": run.due}


def add_to_flows(conn: Connection[Any], flows: Sequence[Flow]) -> None:
    """Add what came and went; a flow of nothing is not kept."""
    rows = Jsonb([flow._asdict() for flow in flows])
    conn.execute(
        """
        INSERT INTO account_flow (authority, direction, kind, came, went)
        SELECT authority, direction, kind, came, went
          FROM jsonb_to_recordset(%(rows)s) AS n (authority text, direction text, kind text, came bigint, went bigint)
         ORDER BY authority, direction, kind
            ON CONFLICT (authority, direction, kind) DO UPDATE
           SET came = account_flow.came + EXCLUDED.came, went = account_flow.went + EXCLUDED.went
        """,
        {"rows": rows},
    )
    conn.execute("DELETE FROM account_flow WHERE came = 0 AND went = 0")


def keep_quantiles(conn: Connection[Any], found: Quantiles) -> None:
    """Keep the quantiles of the waiting curves in place of those before."""
    conn.execute(
        """
        INSERT INTO waiting_quantiles (known_at, found)
        VALUES (%(known_at)s, %(found)s)
            ON CONFLICT (only_one) DO UPDATE
           SET known_at = EXCLUDED.known_at, found = EXCLUDED.found
        """,
        {"known_at": found.known_at, "found": Jsonb([[*labels, days] for labels, days in sorted(found.days.items())])},
    )


# --- following the courses ------------------------------------------------------------------------------------------


def behind(conn: Connection[Any]) -> int:
    """How many courses have changed without the series."""
    row = conn.execute("SELECT count(*) FROM course WHERE changed_no > (SELECT changed_no FROM series_reach)").fetchone()
    return int(row[0]) if row else 0


def is_complete(conn: Connection[Any]) -> bool:
    """The series hold every course."""
    row = conn.execute("SELECT NOT EXISTS (SELECT FROM course WHERE changed_no > (SELECT changed_no FROM series_reach))").fetchone()
    return bool(row and row[0])


def courses_to_follow(conn: Connection[Any], limit: int) -> list[tuple[str, int]]:
    """The requests whose courses changed first without the series, and the numbers of these changes; all of the last number."""
    return conn.execute(
        """
        SELECT request::text, changed_no
          FROM course
         WHERE changed_no > (SELECT changed_no FROM series_reach)
         ORDER BY changed_no
         FETCH FIRST %(limit)s ROWS WITH TIES
        """,
        {"limit": limit},
    ).fetchall()


def keep_reach(conn: Connection[Any], changed_no: int | None = None) -> None:
    """The series hold all courses up to this change, or up to the last one."""
    conn.execute(
        """
        UPDATE series_reach
           SET changed_no = greatest(series_reach.changed_no, n.changed_no)
          FROM (SELECT coalesce(%(changed_no)s::bigint, (SELECT max(changed_no) FROM course)) AS changed_no) n
         WHERE n.changed_no > series_reach.changed_no
        """,
        {"changed_no": changed_no},
    )


# --- counting again -------------------------------------------------------------------------------------------------


def counted_alike(conn: Connection[Any]) -> list[tuple[Counted, int]]:
    """What requests have added, without how long they took, and how many have added the same."""
    rows = conn.execute(
        """
        SELECT requesting, requested, kind, arrived, ends, levels, count(*)
          FROM counted
         GROUP BY requesting, requested, kind, arrived, ends, levels
         ORDER BY requesting, requested, kind, arrived, ends, levels
        """
    ).fetchall()
    return [
        (Counted("", requesting, requested, kind, arrived, tuple(ends), None, tuple(levels)), number)
        for requesting, requested, kind, arrived, ends, levels, number in rows
    ]


def turnarounds(conn: Connection[Any], limits: Sequence[int]) -> list[tuple[str, int, int, int]]:
    """By kind and number of the bucket: how many requests have ended, and in how many microseconds altogether. A limit belongs to its bucket."""
    return conn.execute(
        """
        SELECT kind, width_bucket(turnaround - 1, %(limits)s::bigint[]), count(*), sum(turnaround)::bigint
          FROM counted
         WHERE turnaround IS NOT NULL
         GROUP BY 1, 2
         ORDER BY 1, 2
        """,
        {"limits": list(limits)},
    ).fetchall()


def flows_of_standing(conn: Connection[Any]) -> list[Flow]:
    """What came and went, from the requests themselves."""
    with conn.cursor(row_factory=class_row(Flow)) as cursor:
        cursor.execute(
            """
            SELECT authority, direction, kind, sum(came)::bigint AS came, sum(went)::bigint AS went
              FROM (
                    SELECT requesting AS authority, 'outgoing' AS direction, kind, came, went
                      FROM standing
                    UNION ALL
                    SELECT requested, 'incoming', kind, came, went
                      FROM standing
                     WHERE requested <> requesting
                   ) s
             WHERE authority <> ''
             GROUP BY authority, direction, kind
             ORDER BY authority, direction, kind
            """
        )
        return cursor.fetchall()


def forget_sums(conn: Connection[Any]) -> None:
    """No sum is kept; they are counted again in the same transaction."""
    conn.execute("DELETE FROM counter")
    conn.execute("DELETE FROM account_flow")


# --- reading --------------------------------------------------------------------------------------------------------


def counters(conn: Connection[Any], members: Sequence[str]) -> dict[Tally, int]:
    """What the members see, added up, under no authority."""
    rows = conn.execute(
        """
        SELECT series, '', direction, kind, value, sum(amount)::bigint
          FROM counter
         WHERE authority = '' OR authority = ANY (%(members)s)
         GROUP BY series, direction, kind, value
         ORDER BY series, direction, kind, value
        """,
        {"members": list(members)},
    ).fetchall()
    return {Tally(*row[:5]): row[5] for row in rows}


def groups(conn: Connection[Any], known_at: int) -> list[Group]:
    """Requests that are open, or late at a moment."""
    rows = conn.execute(
        """
        SELECT requesting, requested, kind, stage, count(*) FILTER (WHERE open_since < %(never)s), min(open_since), count(*) FILTER (WHERE due <= %(known_at)s)
          FROM standing
         WHERE stands
         GROUP BY requesting, requested, kind, stage
         ORDER BY requesting, requested, kind, stage
        """,
        {"known_at": known_at, "never": NEVER},
    ).fetchall()
    return [Group(*row) for row in rows]


def runs(conn: Connection[Any], known_at: int, members: Sequence[str]) -> list[Runs]:
    """Clocks that run or are suspended, and how many of them have their due behind them at a moment."""
    rows = conn.execute(
        """
        SELECT clock_row, state, count(*), count(*) FILTER (WHERE due <= %(known_at)s), coalesce(min(due) FILTER (WHERE due > %(known_at)s), %(never)s)
          FROM standing_clock
         WHERE requesting = ANY (%(members)s) OR requested = ANY (%(members)s)
         GROUP BY clock_row, state
         ORDER BY clock_row, state
        """,
        {"known_at": known_at, "never": NEVER, "members": list(members)},
    ).fetchall()
    return [Runs(*row) for row in rows]


def flows(conn: Connection[Any]) -> list[Flow]:
    """What ever came and went."""
    with conn.cursor(row_factory=class_row(Flow)) as cursor:
        cursor.execute("SELECT authority, direction, kind, came, went FROM account_flow ORDER BY authority, direction, kind")
        return cursor.fetchall()


def waiting(conn: Connection[Any], arrived_after: int) -> list[Waiting]:
    """Arrivals after a moment, and when the wait for the return of each ended."""
    with conn.cursor(binary=True) as cursor:
        rows = cursor.execute(
            """
            SELECT requesting, requested, kind, string_agg(int8send(arrived_at), ''), string_agg(int8send(left_at), '')
              FROM standing
             WHERE arrived_at > %(arrived_after)s
             GROUP BY requesting, requested, kind
             ORDER BY requesting, requested, kind
            """,
            {"arrived_after": arrived_after},
        ).fetchall()
    return [Waiting(*row[:3], *(np.frombuffer(moments, dtype=">i8").astype(np.int64) for moments in row[3:])) for row in rows]


def quantiles(conn: Connection[Any]) -> Quantiles | None:
    """The quantiles computed last."""
    row = conn.execute("SELECT known_at, found FROM waiting_quantiles").fetchone()
    return None if row is None else Quantiles(row[0], {tuple(labels): days for *labels, days in row[1]})


def _counted(_: Any) -> Any:
    def made(row: Any) -> Counted:
        request, requesting, requested, kind, arrived, ends, turnaround, levels = row
        return Counted(request, requesting, requested, kind, arrived, tuple(ends), turnaround, tuple(levels))

    return made


def _standing(_: Any) -> Any:
    return lambda row: Standing(*(*row[:11], tuple(Run(*run) for run in row[11] or ())))
