"""What the supervisor writes down about itself, for `status` and `start`: `state.json` in the run folder."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "state.json"
STARTING, RUNNING, STOPPING = "starting", "running", "stopping"

SAMPLE_FILE = "sample.json"


def write_private(path: Path, text: str) -> None:
    """The file *path* holds *text*, whole or not at all, readable by its owner only."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.replace(path)


def write_state(folder: Path, phase: str, processes: Mapping[str, Mapping[str, Any]]) -> None:
    """Note this supervisor, its phase and every process."""
    write_private(folder / FILE, json.dumps({"supervisor": os.getpid(), "phase": phase, "processes": processes}, indent=1))


def read_state(folder: Path) -> dict[str, Any]:
    """What was noted last; empty when nothing was."""
    try:
        state: dict[str, Any] = json.loads((folder / FILE).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return state


def phase_of(folder: Path, supervisor: int) -> str | None:
    """The phase this very supervisor noted; None when the note is another's, left by one that was killed."""
    state = read_state(folder)
    return str(state["phase"]) if state.get("supervisor") == supervisor else None


def clear_state(folder: Path) -> None:
    """Nothing runs any more."""
    (folder / FILE).unlink(missing_ok=True)


def read_env(path: Path) -> dict[str, str]:
    """The `NAME=value` lines of a file; empty when there is none."""
    if not path.exists():
        return {}
    pairs = (line.partition("=") for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Write `NAME=value` lines, readable by their owner only."""
    write_private(path, "".join(f"{name}={value}\n" for name, value in values.items()))


def sample_is_there(folder: Path) -> bool:
    """Whether every request of the sample is in the copy in *folder*."""
    path = folder / SAMPLE_FILE
    return path.exists() and bool(json.loads(path.read_text())["done"])
