"""The folder of one running copy: its lock, its secrets, its logs. One copy at a time may use it."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from deploy.local.errors import BringUpError
from deploy.local.places import CHECKOUT, require_disk
from deploy.local.secret_files import make_once, make_service_secrets

ABANDONED_HOMES_KEPT = 2


class Home:
    """A folder held by this process until it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._descriptor: int | None = None
        self.was_left_in_disorder = False
        """Whether the last copy that used the folder was killed: what it started may still be ending."""

    @property
    def is_held(self) -> bool:
        """Whether this process holds the folder."""
        return self._descriptor is not None

    @property
    def logs(self) -> Path:
        """One log file a process."""
        return self.folder / "logs"

    @property
    def secrets(self) -> Path:
        """The secrets of the services, a file each."""
        return self.folder / "secrets"

    @property
    def passwords(self) -> Path:
        """Passwords of the database roles, a file each."""
        return self.secrets / "databases"

    @property
    def superuser_password(self) -> Path:
        """Password of PostgreSQL's superuser."""
        return self.passwords / "postgres"

    def make(self) -> None:
        """Make the folder when it is not there.

        Raises:
            BringUpError: something else lies there, or nobody may write there.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as fault:
            raise BringUpError(f"{self.folder} cannot be the folder of a copy ({fault.strerror}); choose another RUN_DIR.") from None

    def take(self) -> None:
        """Make the folder and hold it; refuse when another process does."""
        self.make()
        require_disk(self.folder)
        descriptor = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise BringUpError(f"Rogatory is already running from {self.folder} (process {self.holder()}); stop it with Ctrl-C there or `make stop`.") from None
        self.was_left_in_disorder = os.fstat(descriptor).st_size > 0
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor
        self.logs.mkdir(exist_ok=True)
        make_service_secrets(self.secrets)
        make_once(self.superuser_password)

    def keep_kind(self, kind: str) -> None:
        """Note what kind of data live here; refuse when they are of another: the clock of a sandbox runs ahead of the world's."""
        note = self.folder / "kind"
        if not note.exists():
            note.write_text(kind)
        elif (found := note.read_text()) != kind:
            raise BringUpError(f"{self.folder} holds the data of a copy started as {found}, not as {kind}: choose another RUN_DIR, or set SANDBOX as it was.")

    def release(self) -> None:
        """Let others have the folder."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> int | None:
        """Process id of whoever holds the folder now, or None."""
        try:
            descriptor = os.open(self.folder / "lock", os.O_RDWR)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(descriptor, 20, 0)
            return int(text) if text.isdigit() else 0
        else:
            return None
        finally:
            os.close(descriptor)


def scratch_folder() -> Path:
    """A new folder of its own under `.local`. What failed runs left there is kept for a look, the newest two."""
    base = CHECKOUT / ".local"
    base.mkdir(exist_ok=True)
    left = [folder for folder in base.glob("test-*") if Home(folder).holder() is None]
    for folder in sorted(left, key=lambda each: each.stat().st_mtime)[:-ABANDONED_HOMES_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix="test-", dir=base))
