"""`/v1/imports`: a register is uploaded, looked at, carried out."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import fields, validate

from services.requests.api.present import shell
from services.requests.exchange import queries, uploads
from services.requests.exchange.columns import template
from services.requests.exchange.faults import UnreadableRegister
from services.requests.exchange.queries import StoredImport
from services.requests.exchange.report import Outcome
from services.requests.exchange.uploads import LARGEST_FILE_BYTES, Busy, Upload
from shared.facts.codes import Role
from shared.facts.members import moment
from shared.storage.directory import Caller
from shared.web import idempotency
from shared.web.answers import json_answer
from shared.web.auth import require_role
from shared.web.documents import AnswerSchema
from shared.web.errors import Fault, Problem, invalid, not_found
from shared.web.query import Query
from shared.web.resource import CHANGES, IDEMPOTENCY_KEY, Resource, parameter

IMPORTERS = frozenset({Role.SUPERVISOR, Role.HEAD})
FORM_OVERHEAD_BYTES = 512 * 1024
LONGEST_NAME = 200
PAGE = 50

UPLOAD = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "CSV or XLSX, at most 10 MB and 5000 rows"},
        "mapping": {"type": "string", "description": "YAML: what the columns of another spreadsheet mean (docs/import.md)"},
    },
}

blp = Resource("imports", __name__, description="How an authority starts: its register as CSV or XLSX")


class RowFaultSchema(AnswerSchema):
    """What is wrong in a row: the column, a code, and in words."""

    column = fields.String()
    code = fields.String()
    detail = fields.String()


class ImportRowSchema(AnswerSchema):
    """One row of a register."""

    row = fields.Integer(metadata={"description": "as the spreadsheet program counts it"})
    outcome = fields.String(validate=validate.OneOf(list(Outcome)))
    reference = fields.String(allow_none=True)
    request = fields.UUID(allow_none=True)
    faults = fields.List(fields.Nested(RowFaultSchema))
    remarks = fields.List(fields.String())


class ImportSchema(AnswerSchema):
    """A register: in the state `checked` the numbers say what would become of its rows, afterwards what became of them."""

    id = fields.UUID()
    name = fields.String()
    state = fields.String(validate=validate.OneOf(["checked", "committing", "committed"]))
    created_at = fields.AwareDateTime()
    committed_at = fields.AwareDateTime(allow_none=True)
    rows = fields.Integer()
    taken = fields.Integer()
    doubled = fields.Integer()
    refused = fields.Integer()
    done_row = fields.Integer(metadata={"description": "rows up to this one are done"})
    unused_columns = fields.List(fields.String())


class ImportsSchema(AnswerSchema):
    """A page of registers, newest first."""

    imports = fields.List(fields.Nested(ImportSchema))
    next = fields.String(allow_none=True)


class ImportRowsSchema(AnswerSchema):
    """A page of rows."""

    rows = fields.List(fields.Nested(ImportRowSchema))
    next = fields.Integer(allow_none=True, metadata={"description": "`after` of the next page"})


@blp.operation(
    "/v1/imports",
    "POST",
    name="uploadRegister",
    summary="Upload a register and see what would become of each row",
    upload=UPLOAD,
    answer=ImportSchema,
    status=201,
    parameters=[IDEMPOTENCY_KEY],
    problems=CHANGES,
)
def upload_register() -> Response:
    """`multipart/form-data` with `file` (CSV or XLSX, at most 10 MB and 5000 rows) and perhaps `mapping` (YAML; both as in docs/import.md).

    Nothing becomes a request yet: `POST …/commit` does that. Supervisor and head.
    """
    caller = require_role(IMPORTERS)
    request.max_content_length = LARGEST_FILE_BYTES + FORM_OVERHEAD_BYTES
    id = idempotency.command_id(caller, idempotency.idempotency_key())
    sent = _sent(id)
    with shell().pool.connection() as conn:
        known = queries.stored_import(conn, id, caller.authority)
    if known is None:
        try:
            uploads.check(shell(), caller, sent)
        except UnreadableRegister as refusal:
            raise invalid([Fault("/file", refusal.code, fault) for fault in refusal.faults]) from None
    elif bytes(known.fingerprint) != sent.fingerprint:
        raise Problem("idempotency_key_reused", "the same Idempotency-Key came with another file")
    headers = {"Location": f"/v1/imports/{id}"} | (idempotency.REPLAYED if known else {})
    return json_answer(_told(_stored(id, caller)), 201, headers)


def _sent(id: UUID) -> Upload:
    if request.mimetype != "multipart/form-data":
        raise Problem("unsupported_media_type", "Content-Type must be multipart/form-data")
    file = request.files.get("file")
    if file is None:
        raise invalid([Fault("/file", "required", "the register is missing")])
    content = file.stream.read(LARGEST_FILE_BYTES + 1)
    if len(content) > LARGEST_FILE_BYTES:
        raise Problem("too_large", f"at most {LARGEST_FILE_BYTES // 1024 // 1024} MB; the command line takes more")
    mapping = request.form.get("mapping") or (request.files["mapping"].stream.read().decode("utf-8", "replace") if "mapping" in request.files else None)
    fingerprint = hashlib.sha256(content + b"\0" + (mapping or "").encode()).digest()
    return Upload(id, (file.filename or "register")[-LONGEST_NAME:], content, mapping, fingerprint)


def _stored(id: UUID, caller: Caller) -> StoredImport:
    with shell().pool.connection() as conn:
        found = queries.stored_import(conn, id, caller.authority)
    if found is None:
        raise not_found()
    return found


def _told(stored: StoredImport) -> dict[str, Any]:
    with shell().pool.connection() as conn:
        counted = queries.numbers(conn, stored.id)
    return {
        "id": str(stored.id),
        "name": stored.name,
        "state": stored.state,
        "created_at": moment(stored.created_at),
        "committed_at": moment(stored.committed_at) if stored.committed_at else None,
        "rows": stored.rows,
        **{str(outcome): counted.get(outcome, 0) for outcome in Outcome},
        "done_row": stored.done_row,
        "unused_columns": stored.unused,
    }


@blp.operation(
    "/v1/imports",
    name="listImports",
    summary="Registers that were uploaded, newest first",
    answer=ImportsSchema,
    parameters=[parameter("before", "only those uploaded before this moment", {"type": "string", "format": "date-time"})],
    problems=("malformed", "not_allowed"),
)
def list_imports() -> Response:
    """Fifty at a time; `next` is the `before` of the next page. Supervisor and head."""
    caller = require_role(IMPORTERS)
    before = Query(("before",)).moment("before")
    with shell().pool.connection() as conn:
        found = queries.imports_of(conn, caller.authority, before, PAGE + 1)
    page = found[:PAGE]
    return json_answer({"imports": [_told(each) for each in page], "next": _next_moment(found, page)})


def _next_moment(found: Sequence[StoredImport], page: Sequence[StoredImport]) -> str | None:
    return moment(page[-1].created_at) if len(found) > len(page) else None


@blp.operation("/v1/imports/<uuid:import_id>", name="getImport", summary="One register", answer=ImportSchema, problems=("not_allowed", "not_found"))
def get_import(import_id: UUID) -> Response:
    """Its state and numbers. Supervisor and head."""
    return json_answer(_told(_stored(import_id, require_role(IMPORTERS))))


@blp.operation(
    "/v1/imports/<uuid:import_id>/rows",
    name="getImportRows",
    summary="What would become, or became, of each row",
    answer=ImportRowsSchema,
    parameters=[
        parameter("outcome", "only rows of this outcome", {"type": "string", "enum": list(Outcome)}),
        parameter("after", "only rows after this number", {"type": "integer"}),
        parameter("limit", "rows a page", {"type": "integer", "minimum": 1, "maximum": 200}),
    ],
    problems=("malformed", "not_allowed", "not_found"),
)
def get_import_rows(import_id: UUID) -> Response:
    """With the reason and the column of what is refused. Supervisor and head."""
    stored = _stored(import_id, require_role(IMPORTERS))
    query = Query(("outcome", "after", "limit"))
    limit = min(query.number("limit", default=PAGE) or PAGE, 200)
    outcome = request.args.get("outcome")
    if outcome is not None and outcome not in set(Outcome):
        raise Problem("malformed", f"outcome must be one of {', '.join(Outcome)}", faults=[Fault("?outcome", "choice", "no such outcome")])
    with shell().pool.connection() as conn:
        rows = queries.rows_of(conn, stored.id, outcome, query.number("after", default=0) or 0, limit + 1)
    return json_answer({"rows": rows[:limit], "next": rows[limit - 1]["row"] if len(rows) > limit else None})


@blp.operation(
    "/v1/imports/<uuid:import_id>/commit",
    "POST",
    name="commitImport",
    summary="Take the rows",
    answer=ImportSchema,
    parameters=[IDEMPOTENCY_KEY],
    problems=(*CHANGES, "still_processing"),
)
def commit_import(import_id: UUID) -> Response:
    """Works for some seconds. Is the state then still `committing`, call again after `Retry-After`: it goes on where it stopped. Supervisor and head."""
    caller = require_role(IMPORTERS)
    idempotency.idempotency_key()
    stored = _stored(import_id, caller)
    if stored.state == "committed":
        return json_answer(_told(stored), headers=idempotency.REPLAYED)
    try:
        is_done = uploads.carry_out(shell(), caller, stored)
    except Busy:
        raise Problem("still_processing", "another call is carrying it out", retry_after_seconds=5) from None
    return json_answer(_told(_stored(import_id, caller)), headers={} if is_done else {"Retry-After": "1"})


@blp.operation("/v1/imports/template", name="getImportTemplate", summary="The heading line of an empty register", problems=("not_allowed",))
def get_template() -> Response:
    """As CSV; docs/import.md says what each column means."""
    require_role(IMPORTERS)
    return Response(template(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": "attachment; filename=register.csv"})
