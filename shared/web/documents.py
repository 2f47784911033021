"""The OpenAPI 3.1 document of a service, and a page that shows it without a script or another origin."""

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from typing import Any

from flask import Flask, Response
from flask_smorest import Api
from marshmallow import INCLUDE, Schema, fields

from shared.web.answers import bytes_answer, json_bytes

OPENAPI_VERSION = "3.1.0"

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
    "h2{margin-top:2.5rem;border-bottom:1px solid #999}code{font-family:ui-monospace,monospace;font-size:.9em}"
    "summary{cursor:pointer;padding:.4rem 0}pre{background:#f4f4f4;padding:.8rem;overflow:auto}"
    "td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}"
)
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


class AnswerSchema(Schema):
    """Base of answers: clients tolerate members that they do not know."""

    class Meta:
        """More members may come."""

        unknown = INCLUDE


class FaultSchema(AnswerSchema):
    """One thing that is wrong."""

    pointer = fields.String(required=True, metadata={"description": "JSON pointer to the member, or ?name for a parameter of the query"})
    code = fields.String(required=True)
    detail = fields.String(required=True)
    parameters = fields.Dict(keys=fields.String(), metadata={"description": "values to be said in the reader's language"})


class ProblemSchema(AnswerSchema):
    """A problem answer after RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable; codes may be added, never renamed"})
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(FaultSchema), required=True)
    parameters = fields.Dict(keys=fields.String(), required=True)
    request_id = fields.String(required=True)


class DocumentedApi(Api):
    """flask-smorest's document, with problem answers and bearer authentication; it handles no error itself."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """The application factory does."""

    def _register_responses(self) -> None:
        self.spec.components.schema("Problem", schema=ProblemSchema)
        self.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer", "description": "An API key: rog_<key id>_<secret>"})
        for status in ("UNPROCESSABLE_ENTITY", "UNPROCESSABLE_CONTENT"):  # the name that the arguments of an operation refer to
            content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
            self.spec.components.response(status, {"description": "problem: validation_failed", "content": content}, lazy=True)


def documented(app: Flask, title: str, version: str, description: str) -> DocumentedApi:
    """The API of *app*, whose blueprints register with it."""
    app.config.update(API_TITLE=title, API_VERSION=version, OPENAPI_VERSION=OPENAPI_VERSION)
    information = {"description": description, "contact": {"name": "Operator of this deployment"}}
    return DocumentedApi(app, spec_kwargs={"info": information, "servers": [{"url": "/"}], "security": [{"key": []}]})


def serve_documents(app: Flask, api: DocumentedApi) -> None:
    """/openapi.json and /docs."""
    kept: dict[str, bytes] = {}

    def openapi_json() -> Response:
        if "json" not in kept:
            kept["json"] = json_bytes(api.spec.to_dict())
        return bytes_answer(kept["json"])

    def docs() -> Response:
        if "page" not in kept:
            kept["page"] = page(api.spec.to_dict()).encode()
        policy = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; frame-ancestors 'none'"
        return Response(kept["page"], content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": policy})

    app.add_url_rule("/openapi.json", "openapi_json", openapi_json)
    app.add_url_rule("/docs", "docs", docs)


def page(document: Mapping[str, Any]) -> str:
    """The document as one plain page."""
    information = document["info"]
    parts = [f"<h1>{escape(information['title'])} {escape(information['version'])}</h1><p>{escape(information.get('description', ''))}</p>"]
    parts.append('<p>The document itself: <a href="/openapi.json">openapi.json</a></p>')
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                parts.append(_operation(method, path, operation))
    parts.append("<h2>Schemas</h2>")
    for name, schema in sorted(document.get("components", {}).get("schemas", {}).items()):
        parts.append(f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>{_json(schema)}</details>')
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(information["title"])}</title><style>{STYLE}</style></head><body>'
        + "".join(parts)
        + "</body></html>"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(told['name'])}</code></td><td>{escape(told['in'])}</td><td>{escape(told.get('description', ''))}</td></tr>"
        for told in operation.get("parameters", [])
        if isinstance(told, dict) and "name" in told
    )
    answers = "".join(
        f"<tr><td>{escape(str(status))}</td><td>{escape(told.get('description', '') if isinstance(told, dict) else '')}</td></tr>"
        for status, told in operation["responses"].items()
    )
    body = _json(operation["requestBody"]) if "requestBody" in operation else ""
    return (
        f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2><p>{escape(operation.get('summary', ''))}</p>"
        f"<p>{escape(operation.get('description', ''))}</p><table>{rows}</table>{body}<table>{answers}</table>"
    )


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=1, ensure_ascii=False, default=str))}</pre>"
