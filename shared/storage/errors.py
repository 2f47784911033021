"""What can go wrong with storage. Each error has a stable code and says whether asking again can help."""

from typing import ClassVar


class StorageError(Exception):
    """Base of this ring."""

    code: ClassVar[str] = "storage"
    retry_helps: ClassVar[bool] = False


class TemporarilyUnavailable(StorageError):
    """The database could not do it now; the same call may be made again after *retry_after* seconds."""

    code = "temporarily_unavailable"
    retry_helps = True

    def __init__(self, reason: str, retry_after: float = 1.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class CursorRefused(StorageError):
    """The cursor was not made here, or has been changed on its way."""

    code = "malformed"


class CursorExpired(StorageError):
    """The cursor belongs to another database cluster: positions of before a restore mean nothing here."""

    code = "cursor_expired"


class MigrationChanged(StorageError):
    """A migration that has been carried out differs from its file."""

    code = "migration_changed"


class OtherCluster(StorageError):
    """The relay's position belongs to another database cluster; an operator must set it anew."""

    code = "other_cluster"
