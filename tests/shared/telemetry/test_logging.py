"""One JSON line for each thing worth knowing."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from shared.telemetry.logging import QUIET, configure_logging


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("metrics", "INFO", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_line_says_when_what_how_grave_and_who(lines: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(request_id="r-1", trace_id="t-1")
    structlog.get_logger("x").warning("relay_interrupted", part="kafka")

    told = json.loads(lines.getvalue())

    assert told.pop("ts").endswith("Z")
    assert told == {"event": "relay_interrupted", "level": "warning", "service": "metrics", "part": "kafka", "request_id": "r-1", "trace_id": "t-1"}


def test_libraries_speak_the_same_way_and_the_talkative_only_when_it_matters(lines: io.StringIO) -> None:
    logging.getLogger("some.library").info("a connection")
    logging.getLogger("urllib3.pool").info("another connection")
    logging.getLogger("urllib3.pool").warning("retrying")
    logging.getLogger("kafka.net").error("connection refused")

    told = [json.loads(line) for line in lines.getvalue().splitlines()]

    assert [(line["event"], line["logger"]) for line in told] == [("a connection", "some.library"), ("retrying", "urllib3.pool")]


def test_a_fault_is_told_on_the_same_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger("x").exception("failed")

    assert "ValueError: no" in json.loads(lines.getvalue())["exception"]
