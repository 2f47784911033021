"""Command line of the bring-up: `python -m deploy.local.stack exec -- COMMAND…`."""

import argparse
import sys
from collections.abc import Sequence

from deploy.local.errors import BringUpError, Interrupted


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m deploy.local.stack", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    execute = commands.add_parser("exec", help="run a command beside a private PostgreSQL and Kafka, then stop both")
    execute.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    return top


def execute(words: Sequence[str]) -> int:
    """Exit code of the command in *words*."""
    from deploy.local.private_pair import execute as beside_private_pair

    command = list(words[1:] if words and words[0] == "--" else words)
    if not command:
        raise BringUpError("Say which command to run: exec -- COMMAND.")
    return beside_private_pair(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of the whole; faults are told in one sentence."""
    given = parser().parse_args(arguments)
    try:
        return execute(given.words)
    except Interrupted:
        return 130
    except BringUpError as error:
        print(f"stack: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
