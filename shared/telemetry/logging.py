"""One JSON line for each thing worth knowing. Ids, codes and counts only; never a name, a text or an address."""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

QUIET = {"kafka": logging.CRITICAL, "werkzeug": logging.WARNING, "urllib3": logging.WARNING}
"""Least level of talkative libraries. kafka-python tells every failed connection as an error, many times a second; our own loops tell it once."""


def _named_service(service: str) -> Processor:
    def name(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        return event

    return name


def _shared_steps(service: str) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _named_service(service),
        structlog.processors.format_exc_info,
    ]


def configure_logging(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """From now on everything logged, by us or by a library, is one JSON line on *stream* (standard error unless given).

    `request_id` and `trace_id` come from `structlog.contextvars.bind_contextvars`.
    """
    steps = _shared_steps(service)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*steps, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(logging.DEBUG if level == "DEBUG" else least)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
