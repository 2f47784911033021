"""Make or refresh `.venv` from the lock files: `python3 deploy/local/environment.py local|dev`.

Runs before anything is installed, so it imports the standard library only; and a Python that is too old must still be able to read it, to be told so.
"""

import fcntl
import hashlib
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
STAMP = VENV / "installed.txt"
NEEDED = (3, 11)
SIGN_OF_LIFE_SECONDS = 5


def lock_file(name: str) -> Path:
    """A file of pinned packages with their hashes."""
    return CHECKOUT / "requirements" / f"{name}.lock"


def digest(chosen: str) -> str:
    """What must be installed, as one line: the set, its locks, this Python."""
    total = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for name in ("uv", chosen, "kafka"):
        total.update(lock_file(name).read_bytes())
    return f"{chosen} {total.hexdigest()}"


def run(what: str, *command: object) -> None:
    """Run one command silently, with a sign of life every few seconds; its output is shown when it fails."""
    begun = time.monotonic()
    print(f"  {what}", flush=True)
    words = [str(word) for word in command]
    process = subprocess.Popen(words, cwd=str(CHECKOUT), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    while True:
        try:
            output = process.communicate(timeout=SIGN_OF_LIFE_SECONDS)[0]
            break
        except subprocess.TimeoutExpired:
            print(f"  {what} … {time.monotonic() - begun:.0f} s", flush=True)
    if process.returncode:
        print(output.decode(errors="replace"), flush=True)
        sys.exit(f"{what}: failed, for the reason above. Remove it and run the same command again.")


def make_venv() -> None:
    """A new .venv with pip and uv in it, or a sentence that says what is missing."""
    try:
        __import__("ensurepip")
        __import__("venv")
    except ImportError:
        sys.exit(f"{sys.executable} comes without venv: install its package (python3-venv on Debian and Ubuntu), or choose another Python with PY=.")
    run("Making .venv", sys.executable, "-m", "venv", "--clear", VENV)
    run("Installing the installer", PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", lock_file("uv"))


def refresh(chosen: str) -> None:
    """The chosen set is installed, exactly as locked. What is already there and right is not touched."""
    installed = STAMP.read_text() if STAMP.exists() else ""
    if installed.startswith("dev "):
        chosen = "dev"  # it holds the local set too, and a run beside the tests must not take their tools away
    if installed == digest(chosen):
        return
    if not UV.exists():
        make_venv()
    run("Installing the locked packages (about a minute the first time)", UV, "pip", "sync", "-q", "--python", PYTHON, "--require-hashes", lock_file(chosen))
    run("Fetching Kafka (45 MB the first time)", PYTHON, "-m", "deploy.local.jars")
    STAMP.write_text(digest(chosen))


def main() -> None:
    """Refresh, one process at a time."""
    if sys.version_info < NEEDED:
        sys.exit("Python {}.{} or newer is needed; this is {}.{} (choose another with PY=).".format(*NEEDED, *sys.version_info[:2]))
    (CHECKOUT / ".local").mkdir(exist_ok=True)
    with open(CHECKOUT / ".local" / "environment.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refresh(sys.argv[1])


if __name__ == "__main__":
    main()
