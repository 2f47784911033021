"""Lists and counts of requests, from the rows that follow the topic."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from flask import Response
from psycopg import Connection

from services.requests.api.present import shell
from services.requests.api.schemas import CountsSchema, RowsSchema, WantedCountsSchema
from services.requests.domain.access import REDACTED, answers_for
from services.requests.queries import rows
from services.requests.queries.directory import names_of
from services.requests.queries.maintenance import ROWS, watermark
from services.requests.queries.rows import RequestRow, RowFilter
from services.requests.seen import reader_of
from shared.facts.codes import READING_ROLES, Confidentiality, Hold, Kind, Role, Side, State, UrgencyLevel
from shared.facts.members import moment
from shared.facts.moments import read_day, read_moment
from shared.storage.directory import Caller
from shared.web.answers import json_answer
from shared.web.auth import require_role
from shared.web.body import json_body, load
from shared.web.conditional import wait_until
from shared.web.errors import Fault, Problem, malformed
from shared.web.paging import LIMIT_DEFAULT, LIMIT_HIGHEST, Cursors, filters_of, next_headers
from shared.web.query import YES_NO, Query
from shared.web.resource import Resource, parameter

COUNT_CAP = 1000
ALL_DESKS = frozenset({Role.SUPERVISOR, Role.HEAD, Role.AUDITOR})

IDS_HIGHEST = 50
VALUES_HIGHEST = 200
LONGEST_FILTER = 400

CHOICES: Mapping[str, tuple[str, ...] | None] = {
    "id": None,
    "state": tuple(State),
    "hold": tuple(Hold),
    "kind": tuple(Kind),
    "instrument": None,
    "direction": ("outgoing", "incoming"),
    "counterpart": None,
    "holder": None,
    "urgency": tuple(UrgencyLevel),
    "side": ("we", "they"),
    "desk": None,
    "effect": ("none", "may_release", "must_release", "lapse", "loss_of_right"),
}
"""Filters that take several values, with their closed lists."""

FLAGS = ("overdue", "past_strict", "asked_for")
MOMENTS = ("due_before", "promised_before", "closed_after")
TEXTS = ("reference", "q")
SINGLE = (*FLAGS, *MOMENTS, *TEXTS)
DIRECTIONS = {"outgoing": str(Side.REQUESTING), "incoming": str(Side.REQUESTED)}

blp = Resource("requests", __name__, description="Lists and counts of requests")

FILTER_PARAMETERS = [
    *(
        parameter(
            name,
            f"one or several, repeated or parted by commas{f'; at most {IDS_HIGHEST}' if name == 'id' else ''}",
            {"type": "array", "items": {"type": "string", "enum": list(choices)} if choices else {"type": "string"}},
            style="form",
            explode=True,
        )
        for name, choices in CHOICES.items()
    ),
    *(parameter(name, "true or false", {"type": "boolean"}) for name in FLAGS),
    *(parameter(name, "a moment (RFC 3339) or a date", {"type": "string"}) for name in MOMENTS),
    parameter("reference", "own reference of either side, exactly"),
    parameter("q", "part of a reference, a case number or the subject"),
]


@blp.operation(
    "/v1/requests",
    name="listRequests",
    summary="The requests of the caller's authority",
    answer=RowsSchema,
    parameters=[
        *FILTER_PARAMETERS,
        parameter("sort", "next_due: what is due first; updated: what changed last; age: the oldest", {"type": "string", "enum": list(rows.SORTS)}),
        parameter("limit", "1 to 200", {"type": "integer", "minimum": 1, "maximum": LIMIT_HIGHEST, "default": LIMIT_DEFAULT}),
        parameter("cursor", "`next` of the page before, with the same filters"),
        parameter("count", "true: also count, up to 1 000", {"type": "boolean"}),
        parameter("min_version", "REQUEST:VERSION; wait up to 2 s until the list shows that version, else 503"),
    ],
    problems=("malformed", "not_allowed"),
)
def list_requests() -> Response:
    """As the rows show them, which follow the facts through Kafka; Data-As-Of says up to when they know everything."""
    known = require_role(READING_ROLES)
    query = Query((*SINGLE, "sort", "limit", "cursor", "count", "min_version"), CHOICES)
    chosen = row_filter(known, {name: query.texts(name) for name in CHOICES} | {name: query.text(name) for name in SINGLE}, "?")
    sort = query.choice("sort", rows.SORTS, "next_due")
    limit = query.number("limit", default=LIMIT_DEFAULT, lowest=1, highest=LIMIT_HIGHEST) or LIMIT_DEFAULT
    cursors, bound_to = Cursors(shell().cursor_secret), filters_of({"rows": repr(chosen), "sort": sort})
    cursor = query.text("cursor", longest=2000)
    after = cursors.read(cursor, bound_to) if cursor else None
    with shell().pool.connection() as conn:
        _wait_for(conn, query.text("min_version"), known.authority)
        now = shell().now(conn)
        found = rows.page(conn, chosen, now=now, sort=sort, after=after, limit=limit + 1)
        following = cursors.write([found[limit - 1][1], str(found[limit - 1][0].request)], bound_to) if len(found) > limit else None
        told: dict[str, Any] = {"requests": _rows(conn, [row for row, _ in found[:limit]], known, now), "next": following}
        if query.yes("count"):
            told |= _count(conn, chosen, now)
        headers = next_headers(following) | _as_of(conn)
    return json_answer(told, headers=headers)


@blp.operation(
    "/v1/requests/counts",
    "POST",
    name="countRequests",
    summary="How many requests each of up to twelve filters finds",
    body=WantedCountsSchema,
    body_example={"counts": [{"name": "sent", "filters": {"state": ["sent"]}}]},
    answer=CountsSchema,
    problems=("malformed", "not_allowed", "validation_failed"),
)
def count_requests() -> Response:
    """The filters are those of the list; each count ends at 1 000 and says so. Changes nothing, so it needs no Idempotency-Key."""
    known = require_role(READING_ROLES)
    wanted = load(WantedCountsSchema(), json_body())["counts"]
    filters = [row_filter(known, _strings(each["filters"], f"/counts/{place}/filters"), f"/counts/{place}/filters/") for place, each in enumerate(wanted)]
    with shell().pool.connection() as conn:
        now = shell().now(conn)
        counted = [{"name": each["name"], **_count(conn, chosen, now)} for each, chosen in zip(wanted, filters, strict=True)]
        headers = _as_of(conn)
    return json_answer({"counts": counted}, headers=headers)


def _count(conn: Connection[Any], chosen: RowFilter, now: datetime) -> dict[str, Any]:
    found = rows.count(conn, chosen, now=now, cap=COUNT_CAP + 1)
    return {"count": min(found, COUNT_CAP), "capped": found > COUNT_CAP}


def _as_of(conn: Connection[Any]) -> dict[str, str]:
    known = watermark(conn, ROWS)
    return {"Data-As-Of": moment(known)} if known else {}


def _wait_for(conn: Connection[Any], wanted: str | None, authority: str) -> None:
    """The rows show the version of the request that the caller asks for."""
    if wanted is None:
        return
    id_text, _, version_text = wanted.partition(":")
    try:
        id, version = UUID(id_text), int(version_text)
    except ValueError:
        raise malformed("min_version of a list is REQUEST:VERSION", "?min_version") from None

    def shown() -> int:
        row = rows.row_of(conn, id, authority)
        return row.version if row else 0

    wait_until(shown, lambda found: found >= version)


# --- filters --------------------------------------------------------------------------------------------------------


def row_filter(caller: Caller, values: Mapping[str, Any], at: str) -> RowFilter:
    """The filter that *values* describe for *caller*; wrong ones are refused with a pointer that begins with *at*."""
    for name, choices in CHOICES.items():
        wrong = [value for value in values.get(name) or () if choices is not None and value not in choices]
        if wrong:
            raise _wrong(at + name, f"{wrong[0]!r} is not one of {', '.join(choices or ())}")
    lists = {name: list(values[name]) if values.get(name) else None for name in CHOICES}
    ids, directions = _ids(lists.pop("id"), at), lists.pop("direction")
    return RowFilter(
        authority=caller.authority,
        desk=caller.desk,
        officer=caller.officer,
        all_desks=caller.role in ALL_DESKS,
        everything=caller.role == Role.AUDITOR,
        ids=ids,
        states=lists["state"],
        holds=lists["hold"],
        kinds=lists["kind"],
        instruments=lists["instrument"],
        sides=[DIRECTIONS[each] for each in directions] if directions else None,
        counterparts=lists["counterpart"],
        holders=lists["holder"],
        holder_sides=lists["side"],
        urgencies=lists["urgency"],
        desks=lists["desk"],
        effects=lists["effect"],
        overdue=_flag(values, "overdue", at),
        past_strict=_flag(values, "past_strict", at),
        asked_for=_flag(values, "asked_for", at),
        due_before=_moment(values, "due_before", at),
        promised_before=_moment(values, "promised_before", at),
        closed_after=_moment(values, "closed_after", at),
        reference=values.get("reference"),
        q=values.get("q"),
    )


def _ids(values: list[str] | None, at: str) -> list[UUID] | None:
    """The requests that are meant by their ids."""
    if values is None:
        return None
    if len(values) > IDS_HIGHEST:
        raise _wrong(f"{at}id", f"at most {IDS_HIGHEST} ids")
    try:
        return [UUID(value) for value in values]
    except ValueError:
        raise _wrong(f"{at}id", "must be ids of requests") from None


def _strings(filters: Mapping[str, Any], at: str) -> dict[str, Any]:
    """Filters of a body in the shape of the query string: lists of strings, strings."""
    told: dict[str, Any] = {}
    for name, value in filters.items():
        if name in CHOICES:
            told[name] = value if isinstance(value, list) else [value]
            if not all(isinstance(each, str) for each in told[name]) or len(told[name]) > VALUES_HIGHEST:
                raise _wrong(f"{at}/{name}", f"a string, or a list of at most {VALUES_HIGHEST} strings, is expected")
        elif name in SINGLE:
            told[name] = str(value).lower() if isinstance(value, bool) and name in FLAGS else value
            if not isinstance(told[name], str) or len(told[name]) > LONGEST_FILTER:
                raise _wrong(f"{at}/{name}", f"a string of at most {LONGEST_FILTER} characters is expected")
        else:
            raise _wrong(f"{at}/{name}", "this filter is not known")
    return told


def _flag(values: Mapping[str, Any], name: str, at: str) -> bool | None:
    value = values.get(name)
    if value is None:
        return None
    if value not in YES_NO:
        raise _wrong(at + name, "must be true or false")
    return YES_NO[value]


def _moment(values: Mapping[str, Any], name: str, at: str) -> datetime | None:
    """A moment, or the beginning of a day in UTC."""
    value = values.get(name)
    if value is None:
        return None
    try:
        if len(value) == len("2026-01-01"):
            return datetime.combine(read_day(value), time(), UTC)
        return read_moment(value.replace(" ", "+"))
    except ValueError:
        raise _wrong(at + name, "must be a date, or a moment after RFC 3339") from None


def _wrong(at: str, detail: str) -> Problem:
    code = "malformed" if at.startswith("?") else "validation_failed"
    return Problem(code, detail, faults=[Fault(at, "invalid", detail)])


# --- rows -----------------------------------------------------------------------------------------------------------


def _rows(conn: Connection[Any], found: Sequence[RequestRow], caller: Caller, now: datetime) -> list[dict[str, Any]]:
    ids = {id for row in found for id in (row.counterpart, row.holder) if id}
    names = names_of(conn, sorted(ids)) if ids else {}
    return [_row(row, caller, names, now) for row in found]


def _row(row: RequestRow, caller: Caller, names: Mapping[str, str], now: datetime) -> dict[str, Any]:
    own = answers_for(reader_of(caller), row.desk, row.officer)
    hidden = row.confidentiality == Confidentiality.RESTRICTED and caller.role not in ALL_DESKS and not own
    told = {
        "id": str(row.request),
        "version": row.version,
        "state": row.state,
        "hold": row.hold,
        "holds": row.holds,
        "direction": "outgoing" if row.side == Side.REQUESTING else "incoming",
        "kind": row.kind,
        "instrument": row.instrument,
        "requesting": {"authority": row.requesting_authority, "state": row.requesting_state, "reference": row.requesting_reference},
        "requested": {"authority": row.requested_authority, "state": row.requested_state, "reference": row.requested_reference},
        "counterpart": row.counterpart,
        "counterpart_state": row.counterpart_state,
        "counterpart_name": names.get(row.counterpart),
        "case": row.case_number,
        "subject": row.subject,
        "confidentiality": row.confidentiality,
        "urgency": None if row.urgency is None else {"level": row.urgency, "needed_by": row.needed_by and row.needed_by.isoformat()},
        **_whose_turn(row, names),
        **_due(row, now),
        **_moments(row),
        "redacted": hidden,
    }
    return {name: None if hidden and name in REDACTED else value for name, value in told.items()}


def _whose_turn(row: RequestRow, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "holder": row.holder,
        "holder_name": names.get(row.holder) if row.holder else None,
        "side_to_act": None if row.holder_side is None else "we" if row.holder_side == row.side else "they",
        "primary_move": row.primary_move,
        "desk": row.desk,
        "officer": row.officer,
    }


def _due(row: RequestRow, now: datetime) -> dict[str, Any]:
    clock = row.next_clock
    return {
        "next_clock": clock,
        "next_due": clock.get("strict_due") if clock else None,
        "promised_due": moment(row.promised_due) if row.promised_due else None,
        "overdue": row.overdue_from is not None and row.overdue_from <= now,
    }


def _moments(row: RequestRow) -> dict[str, Any]:
    names = ("began_at", "arrived_at", "ended_at", "last_asked_at", "updated_at")
    return {name: moment(value) if (value := getattr(row, name)) else None for name in names} | {"last_fact": row.last_fact}
