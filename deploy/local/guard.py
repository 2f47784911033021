"""The last one to leave: ends what a killed supervisor could not end itself.

`guard.py` reads lines from the supervisor: `+GROUP SECONDS` when a process group begins, `-GROUP` when it has ended. When the line goes dead, the supervisor
is dead: each group that is left is killed after its seconds. Runs as a plain script, like `spawn.py`.
"""

import os
import signal
import sys
import time

POLL_SECONDS = 0.1


def send(group: int, number: int) -> bool:
    """Signal a group. Returns whether there is one."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def clear_up(groups: dict[int, float]) -> None:
    """Kill each group when its seconds are over; return when none is left."""
    begun = time.monotonic()
    while groups:
        for group, seconds in list(groups.items()):
            is_due = time.monotonic() - begun >= seconds
            if not send(group, signal.SIGKILL if is_due else 0) or is_due:
                del groups[group]
        time.sleep(POLL_SECONDS)


def main() -> None:
    """Listen until the line goes dead, then clear up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when the supervisor does, and not before
    groups: dict[int, float] = {}
    for line in sys.stdin:
        group, *seconds = line[1:].split()
        if line.startswith("+"):
            groups[int(group)] = float(seconds[0])
        else:
            groups.pop(int(group), None)
    clear_up(groups)


if __name__ == "__main__":
    main()
