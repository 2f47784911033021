"""`/v1/reports/{name}`: the returns that a State owes."""

from __future__ import annotations

from flask import Response, request

from services.metrics.api.schemas import ReportSchema
from services.metrics.api.shell import MOMENT, PERIOD_PARAMETERS, PROBLEMS, Shell, asked
from services.metrics.naming import named
from services.metrics.reports.formats.writing import FORMATS, file_name, written
from services.metrics.reports.order import MEMBERS, Order
from services.metrics.reports.sheet import Report
from services.metrics.reports.table import REPORTS, report
from shared.web.answers import json_answer
from shared.web.resource import Resource, parameter

MEDIA_TYPES = {media.media_type.partition(";")[0]: name for name, media in FORMATS.items()}
FILES = tuple(media for media in MEDIA_TYPES if media != "application/json")
PARAMETERS = (
    *PERIOD_PARAMETERS,
    parameter("format", "default: what Accept asks for, else json", {"type": "string", "enum": list(FORMATS)}),
    parameter("beside", "a moment after as_known_at: what has been corrected until then stands beside the report", MOMENT),
    parameter("table", "for csv: the one table wanted, by the name that JSON gives it (corrections beside a report); default: the report itself"),
)


def resource(shell: Shell) -> Resource:
    """The resource."""
    own = Resource("reports", __name__, description="The returns that a State owes, each column with who asks for it.")

    @own.operation("/v1/reports", name="listReports", summary="Which reports there are")
    def list_reports() -> Response:
        """Each report with its columns, what they hold and who asks for them."""
        forms = [
            {
                "report": name,
                "title": form.title,
                "columns": [column.name for column in form.columns],
                "asked_by": {column.name: column.asked_by for column in form.columns},
                "meaning": {column.name: column.meaning for column in form.columns},
                "notes": list(form.notes),
            }
            for name, form in REPORTS.items()
        ]
        return json_answer({"reports": forms, "formats": list(FORMATS)})

    @own.operation(
        "/v1/reports/<name>",
        name="getReport",
        summary="One report",
        answer=ReportSchema,
        media_types=FILES,
        parameters=PARAMETERS,
        problems=PROBLEMS,
    )
    def get_report(name: str) -> Response:
        """The report as JSON, CSV (RFC 4180), XLSX or PDF/A. Same question and knowledge: same bytes, same checksum."""
        order = wanted(name)
        found = named(shell.pool, shell.ask(order.reaching, lambda register: report(register, order.question, name, order.later)))
        return Response(written(found, order.format, order.table), headers=headers_of(found, order.format), content_type=FORMATS[order.format].media_type)

    return own


def wanted(name: str) -> Order:
    """The order of the present call."""
    question = asked(MEMBERS)
    members = {**request.args, "beside": request.args.get("beside", "").replace(" ", "+")}  # an unescaped plus sign of an offset arrives as a blank
    best = request.accept_mimetypes.best_match(list(MEDIA_TYPES), default="application/json")
    return Order.read(name, question, members, MEDIA_TYPES[best])


def headers_of(found: Report, ending: str) -> dict[str, str]:
    """As known when, the checksum of the figures, and under which name the file is saved."""
    headers = {"Data-As-Of": str(found.query["as_known_at"]), "Report-Checksum": found.checksum}
    if ending != "json":
        headers["Content-Disposition"] = f'attachment; filename="{file_name(found, ending)}"'
    return headers
