"""`python -m services.requests COMMAND`: every process and tool of the request service."""

import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from services.requests.settings import Settings
from shared.calendars.working import CalendarFileFaulty
from shared.settings.environment import SettingsError
from shared.telemetry.logging import configure_logging

DATABASE = ("DATABASE_URL",)
SHELL = ("DATABASE_URL", "SECRETS_DIR")
KAFKA = ("DATABASE_URL", "KAFKA_BOOTSTRAP")

COMMANDS: Mapping[str, tuple[str, tuple[str, ...] | None, str]] = {
    "migrate": ("services.requests.processes:migrate", ("DATABASE_OWNER_URL",), "bring the database up to date (pre, post, or both)"),
    "relay": ("services.requests.processes:relay", KAFKA, "carry the log to Kafka"),
    "project": ("services.requests.processes:project", KAFKA, "write the rows that lists are read from"),
    "timers": ("services.requests.timers:run", SHELL, "record what time alone causes: lapses"),
    "settle-clocks": ("services.requests.timers:settle_clocks", SHELL, "give open requests the clock facts of the law as loaded (--dry-run)"),
    "create-key": ("services.requests.commandline:create_key", SHELL, "an authority and a key of it; the key is printed once"),
    "verify": ("services.requests.commandline:verify", DATABASE, "compute the hash chains anew and compare"),
    "rebuild": ("services.requests.commandline:rebuild", DATABASE, "empty the rows, so that the projection fills them again"),
    "import": ("services.requests.exchange.command:main", None, "load a register from CSV or XLSX"),
    "rehearse": ("services.requests.rehearsal.command:main", None, "play scenario files against a sandbox"),
    "calculate": ("services.requests.calculator:main", (), "time limits for a file of vectors, one JSON line each"),
}


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Exit code of the command named first in *argv*."""
    if not argv or argv[0] not in COMMANDS:
        print("usage: python -m services.requests COMMAND\n\n" + "\n".join(f"  {name:<13} {told}" for name, (_, _, told) in COMMANDS.items()), file=sys.stderr)
        return 2
    try:
        return _carried_out(argv[0], argv[1:], env)
    except (SettingsError, CalendarFileFaulty) as fault:
        print(fault, file=sys.stderr)
        return 2


def _carried_out(command: str, words: Sequence[str], env: Mapping[str, str]) -> int:
    target, needs, _ = COMMANDS[command]
    module, _, function = target.partition(":")
    run: Callable[..., int] = getattr(importlib.import_module(module), function)
    if needs is None:  # it reads the environment itself, if it comes to that
        return run(words, env)
    if not needs:
        return run(words)
    settings = Settings.from_env(env, needs)
    configure_logging("requests", settings.log_level.upper())
    return run(words, settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
