"""Blueprints whose operations stand in the OpenAPI document without a layer of wrappers around each call."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask_smorest import Blueprint
from marshmallow import Schema

from shared.web.body import whole_body
from shared.web.errors import STATUSES, malformed

View = TypeVar("View", bound=Callable[..., Any])

ALWAYS = ("not_authenticated", "rate_limited", "internal_error", "temporarily_unavailable")
CHANGES = (
    "malformed",
    "idempotency_key_required",
    "not_allowed",
    "not_found",
    "too_large",
    "unsupported_media_type",
    "validation_failed",
    "idempotency_key_reused",
)

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Repeating the call with the same key and body gives the first answer again, with Idempotency-Replayed: true. Kept 7 days.",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string", "examples": ['"7"']},
    "description": "The version that the caller has seen, as its ETag gave it.",
}


def parameter(name: str, description: str, schema: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A parameter of the query, for the document."""
    return {"in": "query", "name": name, "description": description, "schema": dict(schema or {"type": "string"}), **more}


class Resource(Blueprint):
    """A resource of the public interface."""

    def operation(
        self,
        rule: str,
        method: str = "GET",
        *,
        name: str,
        summary: str,
        body: type[Schema] | Schema | None = None,
        body_required: bool = True,
        body_example: Mapping[str, Any] | None = None,
        upload: Mapping[str, Any] | None = None,
        answer: type[Schema] | Schema | Mapping[str, Any] | None = None,
        answer_example: Any = None,
        status: int = 200,
        media_types: Sequence[str] = (),
        parameters: Sequence[Mapping[str, Any]] = (),
        problems: Sequence[str] = (),
    ) -> Callable[[View], View]:
        """Offer the decorated view under *rule*; *name* is its operationId. The view itself parses, validates and answers.

        *upload*: the schema of a body that comes as `multipart/form-data`. *media_types*: those of the answer besides JSON.
        """

        def offer(view: View) -> View:
            def documented() -> None: ...

            documented.__doc__ = summary
            about: dict[str, Any] = {"operationId": name, "summary": summary, "description": (view.__doc__ or summary).strip()}
            if upload is not None:
                about["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": dict(upload)}}}
            told = self.doc(**about, parameters=list(parameters), **_problem_answers(problems))(documented)
            told = self.response(status, answer, example=answer_example)(told)
            told = self.doc(**_other_answers(status, media_types))(told)
            if body is not None:
                told = self.arguments(body, location="json", required=body_required, example=body_example)(told)
            _documented_view(self, rule, method, name, view, told, has_body=body is not None and body_required)
            return view

        return offer


def _documented_view(resource: Resource, rule: str, method: str, name: str, view: Any, told: Any, *, has_body: bool) -> None:
    """Registers *view* as it is, with the document of *told*; where the document requires a body, a call without one is refused."""

    def plain(**arguments: Any) -> Any:
        if has_body and not whole_body():
            raise malformed("this call needs a body")
        return view(**arguments)

    plain.__name__ = name
    plain._apidoc = told._apidoc  # type: ignore[attr-defined]  # where flask-smorest keeps what it documents
    resource.add_url_rule(rule, name, plain, methods=[method])


def _other_answers(status: int, media_types: Sequence[str]) -> dict[str, Any]:
    """The forms of an answer besides JSON."""
    content = {media_type: {"schema": {"type": "string"} if media_type.startswith("text/") else {}} for media_type in media_types}
    return {"responses": {status: {"content": content}}} if content else {}


def _problem_answers(problems: Sequence[str]) -> dict[str, Any]:
    """The problem answers of an operation, one a status, its codes in the description."""
    codes: dict[int, list[str]] = {}
    for code in (*problems, *ALWAYS):
        codes.setdefault(STATUSES[code][0], []).append(code)
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "responses": {
            str(status): {"description": "problem: " + ", ".join(dict.fromkeys(listed)), "content": {"application/problem+json": {"schema": schema}}}
            for status, listed in sorted(codes.items())
        }
    }
