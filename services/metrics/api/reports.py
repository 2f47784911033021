"""`/v1/reports/{name}`: the returns that a State owes."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request

from services.metrics.api.schemas import ReportSchema
from services.metrics.api.shell import PERIOD_PARAMETERS, PROBLEMS, Shell, asked
from services.metrics.reports.sheet import Report
from services.metrics.reports.table import REPORTS, report
from shared.web.answers import json_answer
from shared.web.errors import malformed
from shared.web.resource import Resource, parameter

FORMATS = {"json": "application/json", "csv": "text/csv"}
PARAMETERS = (*PERIOD_PARAMETERS, parameter("format", "json or csv; default: what Accept asks for, else json", {"type": "string", "enum": sorted(FORMATS)}))


def resource(shell: Shell) -> Resource:
    """The resource."""
    own = Resource("reports", __name__, description="The returns that a State owes, each column with who asks for it.")

    @own.operation("/v1/reports", name="listReports", summary="Which reports there are")
    def list_reports() -> Response:
        """Each report with its columns and who asks for them."""
        forms = [{"report": name, "columns": [column.name for column in form.columns], "notes": list(form.notes)} for name, form in REPORTS.items()]
        return json_answer({"reports": forms})

    @own.operation("/v1/reports/<name>", name="getReport", summary="One report", answer=ReportSchema, parameters=PARAMETERS, problems=PROBLEMS)
    def get_report(name: str) -> Response:
        """The table as JSON, or as CSV after RFC 4180."""
        question, wanted = asked(("format",)), _format()
        found = named(shell, shell.ask(question, lambda register: report(register, question, name)))
        headers = {"Data-As-Of": str(found.query["as_known_at"])}
        if wanted == "csv":
            headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
            return Response(found.as_csv(), headers=headers, content_type="text/csv; charset=utf-8; header=present")
        return json_answer(found.as_json(), headers=headers)

    return own


def named(shell: Shell, found: Report) -> Report:
    """The report with the name of its authority, as the directory has it now: the name says so where the data are a sample."""
    authority = shell.directory.authority(str(found.query["authority"]))
    if authority is None:
        return found
    return replace(found, query={**found.query, "authority_name": authority.name}, notes=(f"Authority: {authority.name}.", *found.notes))


def _format() -> str:
    wanted = request.args.get("format")
    if wanted is None:
        best = request.accept_mimetypes.best_match(list(FORMATS.values()), default="application/json")
        return next(name for name, media in FORMATS.items() if media == best)
    if wanted not in FORMATS:
        raise malformed(f"{wanted!r} is not one of {', '.join(sorted(FORMATS))}", "?format", choices=sorted(FORMATS))
    return wanted
