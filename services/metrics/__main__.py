"""Command line of the metrics service."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from services.metrics.domain.errors import FiguresError
from services.metrics.evaluate import answer, questions, register_of


def evaluate(arguments: argparse.Namespace) -> int:
    """Print one JSON answer a question, each on a line of its own."""
    register = register_of(arguments.facts, arguments.authorities)
    document = json.loads(arguments.queries.read_text(encoding="utf-8"))
    for question in questions(document):
        print(json.dumps(answer(register, question), ensure_ascii=False, separators=(", ", ": ")))
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(prog="python -m services.metrics", description=__doc__)
    commands = whole.add_subparsers(dest="command", required=True)
    own = commands.add_parser("evaluate", help="figures of a file of facts, without a database")
    own.add_argument("facts", type=Path, help="one line of JSON a stream")
    own.add_argument("queries", type=Path, help="the questions, as a JSON list")
    own.add_argument("--authorities", type=Path, help="State and time zone of each authority")
    own.set_defaults(run=evaluate)
    return whole


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; a refusal is one sentence and exit code 2."""
    arguments = parser().parse_args(words)
    try:
        code: int = arguments.run(arguments)
    except (FiguresError, OSError, json.JSONDecodeError) as error:
        print(f"metrics: {error}", file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main())
