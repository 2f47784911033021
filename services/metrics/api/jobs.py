"""`/v1/jobs`: reports made in the background, for the readers of the authority that they are about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, request
from psycopg import Connection

from services.metrics.api.reports import FILES
from services.metrics.api.schemas import JobBody, JobSchema, ReportSchema
from services.metrics.api.shell import RETRY_AFTER_SECONDS, Shell, own
from services.metrics.domain.errors import QuestionInvalid
from services.metrics.domain.question import Question
from services.metrics.jobs import queries
from services.metrics.jobs.making import as_members
from services.metrics.jobs.queries import Job
from services.metrics.reports.order import Order
from services.metrics.watermark import latest_known
from shared.facts.codes import READING_ROLES
from shared.facts.members import moment as moment_text
from shared.storage.directory import Caller
from shared.web.answers import json_answer
from shared.web.auth import require_role
from shared.web.body import json_body, load
from shared.web.errors import Fault, Problem, invalid, not_found
from shared.web.idempotency import REPLAYED, check_fingerprint, command_id, fingerprint, idempotency_key
from shared.web.resource import CHANGES, IDEMPOTENCY_KEY, Resource

BODY = JobBody()
MOST_OPEN = 20
EXAMPLE = {"from": "2025-01-01", "to": "2026-01-01", "format": "pdf"}


def resource(shell: Shell) -> Resource:
    """The resource."""
    own_resource = Resource("jobs", __name__, description="Reports made in the background, for those that take long.")

    @own_resource.operation(
        "/v1/reports/<name>/jobs",
        "POST",
        name="orderReport",
        summary="Order a report to be made in the background",
        body=JobBody,
        body_required=False,
        body_example=EXAMPLE,
        answer=JobSchema,
        status=202,
        parameters=[IDEMPOTENCY_KEY],
        problems=(*CHANGES, "beyond_watermark"),
    )
    def order_report(name: str) -> Response:
        """Its moment of knowledge is fixed now, so that the answer is that of now however late it is made. Look at Location until it is done."""
        return ordered(shell, name)

    @own_resource.operation("/v1/jobs/<uuid:job_id>", name="getJob", summary="How far a report is", answer=JobSchema, problems=("not_allowed", "not_found"))
    def get_job(job_id: UUID) -> Response:
        """Waiting, running, done or failed; how much is done and what is done now."""
        return progress_of(shell, job_id)

    @own_resource.operation(
        "/v1/jobs/<uuid:job_id>/result",
        name="getJobResult",
        summary="The report that was ordered",
        answer=ReportSchema,
        media_types=FILES,
        problems=("not_allowed", "not_found", "not_done"),
    )
    def get_job_result(job_id: UUID) -> Response:
        """The same bytes as long as the job is kept."""
        return result_of(shell, job_id)

    return own_resource


def ordered(shell: Shell, name: str) -> Response:
    """The job of the present call: a new one, or the one that its key has begun before."""
    reader = require_role(READING_ROLES)
    id, print_ = command_id(reader, idempotency_key()), fingerprint()
    with shell.pool.connection() as conn:
        fresh = queries.job(conn, id, reader.authority) is None and _begin(conn, id, print_, name, reader)
        found = _found(conn, id, reader)
    check_fingerprint(found.fingerprint, print_)
    return json_answer(told(found, shell.jobs_kept), 202, {"Location": f"/v1/jobs/{id}"} | ({} if fresh else REPLAYED))


def progress_of(shell: Shell, job_id: UUID) -> Response:
    """How far a job is, and when to look again."""
    reader = require_role(READING_ROLES)
    with shell.pool.connection() as conn:
        found = _found(conn, job_id, reader)
    open_still = found.state in ("waiting", "running")
    return json_answer(told(found, shell.jobs_kept), headers={"Retry-After": "1"} if open_still else {})


def result_of(shell: Shell, job_id: UUID) -> Response:
    """What a job has made, unless the caller has it already."""
    reader = require_role(READING_ROLES)
    with shell.pool.connection() as conn:
        found = _found(conn, job_id, reader)
        made = queries.result(conn, job_id)
    if made is None:
        wait = None if found.state == "failed" else 1
        raise Problem("not_done", f"the report is {found.state}", parameters={"state": found.state}, retry_after_seconds=wait)
    headers = {
        "Content-Disposition": f'attachment; filename="{made.file_name}"',
        "Data-As-Of": str(found.question["as_known_at"]),
        "Report-Checksum": made.checksum,
    }
    answer = Response(made.body, headers=headers, content_type=made.media_type)
    answer.set_etag(made.digest)
    return answer.make_conditional(request)  # type: ignore[return-value]  # werkzeug gives back the answer it was called on


def _begin(conn: Connection[Any], id: UUID, print_: bytes, name: str, reader: Caller) -> bool:
    """Keep a new job. False when another call with the same key was quicker."""
    order = _order(name, reader)
    latest = latest_known(conn)
    known_at = order.question.known_at(latest, bounded=True)
    order.reaching.known_at(latest, bounded=True)
    fixed = replace(order, question=replace(order.question, as_known_at=known_at))
    if queries.open_jobs(conn, reader.authority) >= MOST_OPEN:
        raise Problem("rate_limited", f"{MOST_OPEN} reports are on their way for this authority", retry_after_seconds=15 * RETRY_AFTER_SECONDS)
    return queries.insert_job(conn, id, print_, reader.authority, name, as_members(fixed))


def _order(name: str, reader: Caller) -> Order:
    """The order in the body of the present call."""
    members = load(BODY, json_body())
    try:
        question = own(Question.read(members, otherwise_authority=reader.authority))
        if question.from_on and question.to_on and question.to_on <= question.from_on:
            raise QuestionInvalid((("/to", "must be after from"),))
        return Order.read(name, question, members)
    except QuestionInvalid as error:
        raise invalid([Fault(pointer, "invalid", detail) for pointer, detail in error.faults]) from None


def _found(conn: Connection[Any], id: UUID, reader: Caller) -> Job:
    found = queries.job(conn, id, reader.authority)
    if found is None:
        raise not_found()
    return found


def told(job: Job, kept: timedelta) -> dict[str, Any]:
    """The job as its readers see it."""
    place = f"/v1/jobs/{job.id}"
    return {
        "id": str(job.id),
        "report": job.report,
        "query": job.question,
        "state": job.state,
        "progress": round(job.progress, 3),
        "doing": job.doing,
        "asked_at": moment_text(job.asked_at),
        "finished_at": moment_text(job.finished_at) if job.finished_at else None,
        "kept_until": moment_text(job.asked_at + kept),
        "checksum": job.checksum,
        "problem": job.problem,
        "links": {"self": place, "result": f"{place}/result" if job.state == "done" else None},
    }
