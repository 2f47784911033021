"""Start, see, stop the system on this machine; or run one command beside a PostgreSQL and a Kafka of its own."""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from deploy.local import detached
from deploy.local.board import announcement
from deploy.local.databases import SERVICES
from deploy.local.errors import BringUpError, Interrupted
from deploy.local.private_pair import execute
from deploy.local.processes import selected
from deploy.local.progress import say
from deploy.local.rehearsal import rehearse
from deploy.local.settings import Settings
from deploy.local.state import STOPPING, read_env
from deploy.local.stopping import StopWish
from deploy.local.system import System
from deploy.local.tool import run_tool


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m deploy.local.stack", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    for name, text in (("run", "start everything and keep it running until Ctrl-C"), ("start", "the same without a terminal; returns when ready")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--only", metavar="NAME,NAME", help="run these processes only, beside PostgreSQL and Kafka")
        command.add_argument("--detached", action="store_true", help=argparse.SUPPRESS)
    commands.add_parser("stop", help="stop what `start` or `run` started in RUN_DIR")
    commands.add_parser("status", help="say what runs and how it is")
    rehearsal = commands.add_parser("rehearse", help="play scenario files against a sandbox of their own")
    rehearsal.add_argument("files", nargs="+", metavar="FILE")
    tool = commands.add_parser("tool", help="run a tool of a service on the running copy")
    tool.add_argument("service", choices=SERVICES)
    tool.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND")
    beside = commands.add_parser("exec", help="run a command beside a private PostgreSQL and Kafka, then stop both")
    beside.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    return top


def run(settings: Settings, only: str | None, *, is_detached: bool) -> int:
    """Bring the system up, keep it running until somebody asks to stop, take it down."""
    begun = time.monotonic()
    wish = StopWish()
    wish.listen()
    system = System(settings, selected(only.split(",") if only else None), wish)
    try:
        say(f"Starting Rogatory in {settings.run_dir}")
        system.up()
        stop = "make stop" if is_detached else "Ctrl-C"
        ports = {process.name: system.around.port(process.offset) for process in system.chosen}
        for line in announcement(ports, read_env(system.run_env), settings.run_dir, stop, time.monotonic() - begun):
            say(line)
        system.keep()
        system.phase = STOPPING
        system.note()
        say("Stopping …")
    finally:
        system.down()
    return 0


def obey(given: argparse.Namespace) -> int:
    """Exit code of the command that was asked for."""
    if given.command == "exec":
        words = given.words[1:] if given.words[:1] == ["--"] else given.words
        if not words:
            raise BringUpError("Say which command to run: exec -- COMMAND.")
        return execute(words)
    if given.command == "rehearse":
        return rehearse(given.files)
    settings = Settings.from_env(os.environ)
    if given.command == "run":
        return run(settings, given.only, is_detached=given.detached)
    if given.command == "tool":
        return run_tool(settings, given.service, given.words)
    if given.command == "start":
        selected(given.only.split(",") if given.only else None)
        return detached.start(settings, ["--only", given.only] if given.only else [])
    return detached.stop(settings) if given.command == "stop" else detached.status(settings)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of the whole; what goes wrong is told in one sentence."""
    try:
        return obey(parser().parse_args(arguments))
    except (Interrupted, KeyboardInterrupt):
        return 130
    except BringUpError as error:
        print(f"rogatory: {error}", file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
