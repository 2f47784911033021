"""The projection of `mla.directory` that every service keeps: who may call, names, zones, contacts."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection

from shared.messaging.projection import Poison
from shared.storage import directory
from shared.wire.envelope import Envelope
from shared.wire.topics import DIRECTORY


class DirectoryProjection:
    """The directory in the rows of one service, which gives it a name of its own."""

    name: str
    topics: tuple[str, ...] = (DIRECTORY,)

    def known(self, conn: Connection[Any], streams: Sequence[str]) -> Mapping[str, int]:
        """The last version that is known of each of *streams*."""
        return directory.known_versions(conn, streams)

    def apply(self, conn: Connection[Any], batch: Sequence[Envelope]) -> None:
        """Take the facts of *batch* over.

        Raises:
            Poison: a fact cannot be read.
        """
        for envelope in batch:
            try:
                directory.apply_directory(conn, [envelope])
                self.keep(conn, envelope)
            except (KeyError, TypeError, ValueError) as fault:
                raise Poison(envelope, f"malformed: {fault!r}") from fault

    def keep(self, conn: Connection[Any], envelope: Envelope) -> None:
        """Keep what the service wants to know besides."""
