"""The floor of the interface: bare Flask, one statement a call, under the same gunicorn and over the same kind of pool."""

import json
import os
import uuid

from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

from benchmarks.queries import floor_row, insert_floor_row

app = Flask("floor")
pool: list[ConnectionPool] = []


def opened() -> ConnectionPool:
    """The pool of this process, opened after the fork."""
    if not pool:
        pool.append(ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=12, kwargs={"autocommit": True}, open=True))
    return pool[0]


@app.post("/rows")
def write() -> Response:
    """Store what came."""
    body = request.get_json()
    id = uuid.uuid4()
    with opened().connection() as conn:
        insert_floor_row(conn, id, json.dumps(body).encode())
    return Response(json.dumps({"id": str(id)}), status=201, content_type="application/json", headers={"ETag": '"1"'})


@app.get("/rows/<uuid:id>")
def read(id: uuid.UUID) -> Response:
    """Give back what was stored."""
    with opened().connection() as conn:
        body = floor_row(conn, id)
    return Response(body or b"{}", content_type="application/json", headers={"ETag": '"1"'})


@app.get("/healthz")
def health() -> str:
    """Whether it runs."""
    return "ok"
