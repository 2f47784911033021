"""Where things are: the checkout, caches, ports. No process is started here."""

import os
import random
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from deploy.local.errors import BringUpError

CHECKOUT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
FREE_PORTS = range(20000, 32000)  # below the ephemeral range of Linux, so that no client connection takes one in passing
NEEDED_BYTES = 1_000_000_000


def cache_folder() -> Path:
    """Folder of downloaded files that several checkouts share."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "rogatory"


def is_free(port: int) -> bool:
    """Whether a server could listen on *port* of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """Whether something accepts connections on *port* of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def free_ports() -> Iterator[int]:
    """Ports that are free now, in random order, each once."""
    yield from (port for port in random.sample(FREE_PORTS, len(FREE_PORTS)) if is_free(port))


def free_block(size: int) -> int:
    """First of *size* ports in a row that are all free now."""
    for base in random.sample(range(FREE_PORTS.start, FREE_PORTS.stop - size), 400):
        if all(is_free(port) for port in range(base, base + size)):
            return base
    raise BringUpError(f"No {size} free ports in a row between {FREE_PORTS.start} and {FREE_PORTS.stop}.")


def require_disk(folder: Path) -> None:
    """Refuse to go on when the disk of *folder* is nearly full."""
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise BringUpError(f"Only {free / 1e9:.1f} GB are free on the disk of {folder}; at least {NEEDED_BYTES / 1e9:.0f} GB is needed.")
