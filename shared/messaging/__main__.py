"""`python -m shared.messaging declare-topics`: every declared topic exists, with its partitions and settings. Repeatable."""

import argparse
import os
import sys
from collections.abc import Sequence

from shared.messaging.topics import declare_topics
from shared.telemetry.logging import configure_logging


def main(arguments: Sequence[str], bootstrap: str | None) -> int:
    """Exit code of the command."""
    parser = argparse.ArgumentParser(prog="python -m shared.messaging", description=__doc__)
    parser.add_argument("command", choices=["declare-topics"])
    parser.add_argument("--wait", type=float, default=60.0, metavar="SECONDS", help="how long to wait for the broker")
    given = parser.parse_args(arguments)
    if not bootstrap:
        print("KAFKA_BOOTSTRAP is not set.", file=sys.stderr)
        return 2
    configure_logging("messaging")
    declare_topics(bootstrap, given.wait)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ.get("KAFKA_BOOTSTRAP")))
