"""Answers of the interface as schemas, for the published document. Answers are made by the domain and not by these."""

from __future__ import annotations

from marshmallow import Schema, fields

from shared.web.fields import Day

COUNTS = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True))


class ExcludedSchema(Schema):
    """What the authority has that is counted in no period."""

    duplicates = fields.Integer(allow_none=True)
    not_requests = fields.Integer(allow_none=True)
    never_sent = fields.Integer(allow_none=True)


class CorrectionSchema(Schema):
    """A request whose place in the account changed since the previous period was published."""

    request = fields.String()
    direction = fields.String()
    kind = fields.String(allow_none=True)
    delta = fields.Integer()
    cause = fields.String()


class GroupSchema(Schema):
    """One direction and one value of the dimension; null is the sum over all values."""

    direction = fields.String(metadata={"enum": ["incoming", "outgoing"]})
    kind = fields.String(allow_none=True)
    instrument = fields.String(allow_none=True)
    counterpart = fields.String(allow_none=True)
    holder = fields.String(allow_none=True)
    stage = fields.String(allow_none=True)
    month = fields.String(allow_none=True)
    account = fields.Dict(metadata={"description": "carried_forward + new + reopened - closed = continuing"})
    activity = fields.Dict()
    measures = COUNTS
    persons = COUNTS
    cases = COUNTS
    durations = fields.Dict(metadata={"description": "per duration: n, outcomes, open, gross, net, ended_in_period"})
    limits = fields.List(fields.Dict(), metadata={"description": "per clock row, of the clocks that fell due in the period"})
    now = COUNTS
    ageing = COUNTS
    escalations = COUNTS
    cepej = fields.Dict(keys=fields.String(), values=fields.Float(allow_none=True))
    months = fields.List(fields.Dict(), metadata={"description": "the account month by month; only where it was asked for"})
    ageing_overdue = fields.Dict(keys=fields.String(), values=fields.Integer(), metadata={"description": "only with `overdue`"})
    oldest_overdue_on = fields.Date(allow_none=True, metadata={"description": "only with `overdue`"})


class FiguresLinksSchema(Schema):
    """Where to look further."""

    members = fields.String(metadata={"description": "URI template (RFC 6570): the requests behind a number"})


class FiguresSchema(Schema):
    """Figures of one authority."""

    definitions = fields.String()
    authority = fields.String()
    time_zone = fields.String()
    from_ = fields.Date(data_key="from")
    to = fields.Date()
    as_known_at = fields.DateTime()
    compared_with = fields.DateTime()
    complete = fields.Boolean()
    excluded = fields.Nested(ExcludedSchema)
    groups = fields.List(fields.Nested(GroupSchema))
    corrections = fields.List(fields.Nested(CorrectionSchema))
    links = fields.Nested(FiguresLinksSchema)


class TableSchema(Schema):
    """A further table of a report."""

    name = fields.String()
    title = fields.String()
    columns = fields.List(fields.String())
    rows = fields.List(fields.List(fields.Raw(allow_none=True)))


class ChangeSchema(Schema):
    """A cell that differs between two moments of knowledge."""

    row = fields.Dict(metadata={"description": "the key cells of the row"})
    column = fields.String()
    was = fields.Raw(allow_none=True)
    now = fields.Raw(allow_none=True)
    change = fields.Raw(allow_none=True, metadata={"description": "now less was; null where one of them is no number"})


class StockCorrectionSchema(CorrectionSchema):
    """A request that explains the change of a stock."""

    stock = fields.String(metadata={"enum": ["carried_forward", "continuing"]})


class BesideSchema(Schema):
    """The same report as known at a later moment, and what was corrected in between."""

    as_known_at = fields.DateTime()
    checksum = fields.String(metadata={"description": "of the report as known at the later moment"})
    rows = fields.List(fields.List(fields.Raw(allow_none=True)))
    changes = fields.List(fields.Nested(ChangeSchema))
    corrections = fields.List(fields.Nested(StockCorrectionSchema))
    notes = fields.List(fields.String())


class ReportSchema(Schema):
    """A report as a table."""

    report = fields.String()
    title = fields.String()
    query = fields.Dict()
    columns = fields.List(fields.String())
    rows = fields.List(fields.List(fields.Raw(allow_none=True)))
    tables = fields.List(fields.Nested(TableSchema), metadata={"description": "what a body asks besides, or what the figures rest on"})
    asked_by = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True))
    meaning = fields.Dict(keys=fields.String(), values=fields.String())
    cells = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "the place of a column's number in the figures, for `members`"})
    members = fields.String(allow_none=True, metadata={"description": "URI template (RFC 6570): the requests behind a number; `all` is left out"})
    notes = fields.List(fields.String())
    checksum = fields.String(metadata={"description": "SHA-256 of the canonical JSON of query, columns, rows and tables"})
    beside = fields.Nested(BesideSchema, metadata={"description": "only where it was asked for"})


class JobBody(Schema):
    """A report to be made in the background: the parameters of the report."""

    authority = fields.String(load_default=None, metadata={"description": "the caller's own where it is not given"})
    from_ = Day(data_key="from", attribute="from")
    to = Day()
    as_known_at = fields.String(metadata={"description": "default: the latest moment up to which everything has arrived; it is fixed now"})
    compared_with = fields.String()
    publish = fields.Boolean(truthy={True}, falsy={False})
    format = fields.String(metadata={"enum": ["json", "csv", "xlsx", "pdf"]})
    beside = fields.String(metadata={"description": "a moment after as_known_at"})
    table = fields.String(metadata={"description": "for csv: the one table wanted"})


class JobLinksSchema(Schema):
    """Where to look."""

    self = fields.String()
    result = fields.String(allow_none=True, metadata={"description": "once it is done"})


class JobProblemSchema(Schema):
    """Why it failed."""

    code = fields.String()
    detail = fields.String()


class JobSchema(Schema):
    """A report that is made in the background."""

    id = fields.UUID()
    report = fields.String()
    query = fields.Dict(metadata={"description": "what was asked, with its moment of knowledge"})
    state = fields.String(metadata={"enum": ["waiting", "running", "done", "failed"]})
    progress = fields.Float(metadata={"description": "0 to 1"})
    doing = fields.String(metadata={"description": "what is done now"})
    asked_at = fields.DateTime()
    finished_at = fields.DateTime(allow_none=True)
    kept_until = fields.DateTime(metadata={"description": "then job and result are removed"})
    checksum = fields.String(allow_none=True)
    problem = fields.Nested(JobProblemSchema, allow_none=True)
    links = fields.Nested(JobLinksSchema)


class ProofSchema(Schema):
    """How forecasts of this authority, direction and stage did when the past was replayed as known then."""

    verdict = fields.String(
        metadata={"enum": ["proven", "failed", "too_few"], "description": "too_few: fewer than 200 could be scored; dates are shown all the same"}
    )
    as_known_at = fields.DateTime()
    scored = fields.Integer()
    coverage_50 = fields.Float(allow_none=True, metadata={"description": "share of the ranges of 50 % that held"})
    coverage_80 = fields.Float(allow_none=True)
    loss = fields.Float(allow_none=True, metadata={"description": "mean pinball loss in days; less is better"})
    closed_only_loss = fields.Float(allow_none=True, metadata={"description": "of the quantiles of closed requests"})
    unconditional_loss = fields.Float(allow_none=True, metadata={"description": "of the curve of the stage, whatever has passed already"})


class ForecastSchema(Schema):
    """When the stage that a request waits in will end."""

    definitions = fields.String()
    as_known_at = fields.DateTime()
    request = fields.String()
    stage = fields.String(allow_none=True)
    since = fields.Date(allow_none=True)
    elapsed = fields.Integer(allow_none=True)
    basis = fields.List(fields.String(), allow_none=True)
    n = fields.Integer(allow_none=True)
    ends = fields.Integer(allow_none=True)
    at_risk = fields.Integer(allow_none=True)
    reason = fields.String(allow_none=True, metadata={"enum": ["too_few", "not_proven", "reopened", "not_open", None]})
    days = fields.Dict(allow_none=True)
    expected = fields.Date(allow_none=True)
    range_50 = fields.List(fields.Date(allow_none=True), allow_none=True)
    range_80 = fields.List(fields.Date(allow_none=True), allow_none=True)
    proof = fields.Nested(ProofSchema, allow_none=True, metadata={"description": "null where no backtest has been kept"})
