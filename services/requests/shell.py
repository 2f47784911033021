"""What the commands and the interface of one process share: connections, folded streams, keys, the directory, the law, the time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from services.requests.clockwork import Clockwork
from services.requests.domain.command import Context
from services.requests.domain.view import Opened
from services.requests.queries.streams import text_keys
from services.requests.streams import Stream, Streams
from services.requests.vault.texts import Sealer, key_of
from shared.facts.directory import AuthorityView
from shared.facts.identifiers import uuid7
from shared.facts.instruments import Instruments
from shared.facts.text import Sealed
from shared.storage.clock import machine_now
from shared.storage.clock import now as clock_now
from shared.storage.directory import DirectoryReader
from shared.storage.pool import Pool


class KnownAuthorities(Mapping[str, AuthorityView]):
    """The directory as a mapping that looks an authority up only when it is asked for."""

    def __init__(self, reader: DirectoryReader) -> None:
        self._reader = reader

    def __getitem__(self, id: str) -> AuthorityView:
        known = self._reader.authority(id)
        if known is None:
            raise KeyError(id)
        return known

    def get(self, id: str, default: Any = None) -> Any:
        """The authority, or *default*."""
        return self._reader.authority(id) or default

    def __iter__(self) -> Iterator[str]:
        raise TypeError("the directory is asked for one authority at a time")

    def __len__(self) -> int:
        raise TypeError("the directory is asked for one authority at a time")


@dataclass(frozen=True, slots=True)
class Shell:
    """The outer ring of one process."""

    pool: Pool
    streams: Streams
    sealer: Sealer
    directory: DirectoryReader
    instruments: Instruments
    api_key_secret: str
    cursor_secret: str
    clockwork: Clockwork
    sandbox: bool = False
    owner_url: str = ""

    def now(self, conn: Connection[Any]) -> datetime:
        """The time: the machine's, or in a sandbox the test clock's."""
        return clock_now(conn) if self.sandbox else machine_now()

    def context(self, now: datetime) -> Context:
        """What deciders may know."""
        authorities = KnownAuthorities(self.directory)
        return Context(now, self.instruments, authorities, lambda: uuid7(now), lambda request: self.clockwork.clocks(request, now, stored=False))

    def opener(self, conn: Connection[Any] | None, stream: Stream) -> Opened:
        """Opens the sealed texts of *stream*; reads their keys once, and only when there is a text. Without texts no connection is needed."""
        return TextOpener(conn, self.sealer, stream)


_NOT_OPENED = object()


class TextOpener:
    """Opens the sealed texts of one stream."""

    def __init__(self, conn: Connection[Any] | None, sealer: Sealer, stream: Stream) -> None:
        self._conn, self._sealer, self._stream = conn, sealer, stream
        self._keys: dict[UUID, bytes] | None = None

    def __call__(self, sealed: Sealed) -> str | None:
        """The words; None when their key is destroyed."""
        words = self._stream.opened.get(sealed, _NOT_OPENED)
        if words is _NOT_OPENED:
            words = self._stream.opened[str(sealed)] = self._open(sealed)
        return words  # type: ignore[return-value]  # the mark is taken out above

    def _open(self, sealed: Sealed) -> str | None:
        place = self._stream.places.get(sealed)
        if place is None:
            return None
        keys: Mapping[UUID, bytes] = self._stream.keys
        if key_of(sealed) not in keys:
            keys = self._keys_now()
        fact, pointer = place
        return self._sealer.open(sealed, keys, stream=self._stream.id, fact=fact, pointer=pointer)

    def _keys_now(self) -> Mapping[UUID, bytes]:
        if self._conn is None:
            raise LookupError("a sealed text, and no connection to read its key")
        if self._keys is None:
            self._keys = text_keys(self._conn, self._stream.id)
        return self._keys
