"""When the next step of a request is to be expected, in words, with how many cases say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, g, render_template, request

from services.console.apis import ProblemAnswer
from services.console.dates import short_day

pages = Blueprint("expected", __name__)

STEPS = {"acknowledge": "The acknowledgement", "decide": "The decision", "execute": "The execution", "return": "The return of results"}
UNSAID = {
    "too_few": "No date can be given: too few cases like it are known ({n}).",
    "not_proven": "No date is given: dates worked out from cases like it did not hold when the past was replayed.",
    "reopened": "No date can be given: a reopened request has nothing to be compared with.",
    "not_open": "Nothing is awaited.",
    "not_known": "The figures do not know this request yet; a new one takes a moment to reach them. Look again in a minute.",
}
NO_DATE = "No date is given."
NOT_PROVEN_YET = "Such dates have not been tested enough against the past."


@pages.get("/requests/<uuid:request_id>/expected")
def expected(request_id: str) -> str:
    """The expected day with its range; a request that figures do not know yet has none."""
    key, apis = g.session.key, current_app.extensions
    found = apis["requests_api"].get(key, f"/v1/requests/{request_id}").body
    try:
        said = apis["metrics_api"].get(key, f"/v1/forecasts/{request_id}", {"as_known_at": request.args.get("as_known_at")}).body
    except ProblemAnswer as refused:
        if refused.code != "not_found":
            raise
        said = {"reason": "not_known"}
    return render_template("expected.html", request_=found, said=said, sentences=in_words(said))


def in_words(said: Mapping[str, Any]) -> list[str]:
    """The forecast in sentences."""
    if said["reason"] is not None:
        return [UNSAID.get(said["reason"], NO_DATE).format(n=said.get("n"))]
    step, n = STEPS[said["stage"]], said["n"]
    if said["expected"] is None:
        return [f"No date can be given: of {n} cases like it, more than half have not come so far."]
    (early, late), (first, last) = said["range_50"], said["range_80"]
    sentences = [
        f"{step} is to be expected around {short_day(said['expected'])}, going by {n} cases like it (n = {n}).",
        f"Of such cases, half come {_between(early, late)}, eight in ten {_between(first, last)}.",
    ]
    proof = said.get("proof")
    return [*sentences, *([] if proof and proof["verdict"] == "proven" else [NOT_PROVEN_YET])]


def _between(first: str | None, last: str | None) -> str:
    if last is None:
        return f"on {short_day(first)} or later"
    return f"between {short_day(first)} and {short_day(last)}"
