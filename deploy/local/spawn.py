"""Become a command that ends when its parent ends: `spawn.py PARENT_PID SIGNAL [--not-root] COMMAND…`.

PostgreSQL refuses user id 0. With `--not-root` the superuser enters a user namespace that shows another id; the files stay root's.
Runs as a plain script in an isolated interpreter, so that it starts fast and imports nothing of the project.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
SHOWN_ID = 1000


def leave_root() -> None:
    """Show this process to itself as an ordinary user; nothing happens when it is one already."""
    if os.geteuid() != 0:
        return
    if sys.platform != "linux" or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        sys.exit("PostgreSQL refuses to run as root and user namespaces are not allowed here: run make as an ordinary user.")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{SHOWN_ID} 0 1"), ("gid_map", f"{SHOWN_ID} 0 1")):
        with open(f"/proc/self/{name}", "w") as mapping:
            mapping.write(text)


def end_with(parent: int, signal_number: int) -> None:
    """Ask the kernel for *signal_number* when the parent ends. Must come after a change of user, which clears it."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # it ended in between
        os._exit(1)


def main(arguments: list[str]) -> None:
    """Replace this process by the command."""
    parent, signal_number, *command = arguments
    if command[0] == "--not-root":
        leave_root()
        command = command[1:]
    end_with(int(parent), int(signal_number))
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
