"""The processes of the system, as one table. `docker-compose.yml` runs the same ones; a test compares the two."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from deploy.local.errors import BringUpError

GUNICORN = (
    "--config",
    "python:deploy.workers",
    "--worker-class",
    "gthread",
    "--workers",
    "2",
    "--threads",
    "8",
    "--graceful-timeout",
    "10",
    "--timeout",
    "60",
    "--no-control-socket",
)
FIRST_HEALTH_OFFSET = 20


@dataclass(frozen=True)
class Process:
    """One process. Its HTTP port (pages, the interface, or health) is the base port plus `offset`."""

    name: str
    words: tuple[str, ...]
    offset: int
    service: str | None = None
    """The service whose database it uses."""
    web: bool = False
    kafka: bool = False
    mail: bool = False

    def command(self, host: str, port: int) -> list[str]:
        """The command line; a web process listens on *host* and *port*, a daemon reads HEALTH_PORT."""
        bind = ["--bind", f"{host}:{port}"] if self.web else []
        return [sys.executable, "-m", self.words[0], *bind, *self.words[1:]]


def web(name: str, app: str, offset: int, service: str | None = None) -> Process:
    """A WSGI application under gunicorn."""
    return Process(name, ("gunicorn", *GUNICORN, app), offset, service, web=True)


def daemon(name: str, command: str, number: int, *, kafka: bool = True, mail: bool = False) -> Process:
    """A long-running command of a service (the first part of its name), which serves its health at a port of its own."""
    service = name.split("-")[0]
    return Process(name, (f"services.{service}", command), FIRST_HEALTH_OFFSET + number, service, kafka=kafka, mail=mail)


PROCESSES = (
    web("requests-api", "services.requests.api.wsgi:app", 1, "requests"),
    daemon("requests-relay", "relay", 0),
    daemon("requests-project", "project", 1),
    daemon("requests-timers", "timers", 2, kafka=False),
    web("notifications-api", "services.notifications.api.wsgi:app", 2, "notifications"),
    daemon("notifications-project", "project", 3),
    daemon("notifications-send", "send", 4, kafka=False, mail=True),
    daemon("notifications-timers", "timers", 6, kafka=False),
    daemon("notifications-relay", "relay", 7),
    web("metrics-api", "services.metrics.api.wsgi:app", 3, "metrics"),
    daemon("metrics-project", "project", 5),
    daemon("metrics-jobs", "jobs", 8, kafka=False),
    web("console", "services.console.wsgi:app", 0),
    Process("mail-sink", ("deploy.local.mail_sink",), 4, mail=True),
)

CONSOLE, REQUESTS, NOTIFICATIONS, METRICS, MAIL_PAGE, SMTP, POSTGRES, KAFKA, KAFKA_CONTROLLER = range(9)
"""Offsets of all fixed ports from the base port."""


def selected(names: Iterable[str] | None) -> tuple[Process, ...]:
    """The processes of these names, in the order of the table; all without names."""
    if names is None:
        return PROCESSES
    wanted = set(names)
    if unknown := wanted - {process.name for process in PROCESSES}:
        raise BringUpError(f"No such process: {', '.join(sorted(unknown))}. There are: {', '.join(process.name for process in PROCESSES)}.")
    return tuple(process for process in PROCESSES if process.name in wanted)
