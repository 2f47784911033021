"""What a projection is: rows made from facts, in the transaction that says how far it has come."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from psycopg import Connection

from shared.wire.envelope import Envelope


class Projection(Protocol):
    """One set of rows made from the facts of some topics."""

    name: str
    topics: tuple[str, ...]

    def known(self, conn: Connection[Any], streams: Sequence[str]) -> Mapping[str, int]:
        """Last version of each of *streams* that the rows have; a stream that is not there may be left out."""
        ...

    def apply(self, conn: Connection[Any], batch: Sequence[Envelope]) -> None:
        """Take *batch* into the rows. Each stream comes in order, each version once; the transaction is that of the position.

        May be called again with the same or a smaller batch when it raised: nothing of the first call remains.

        Raises:
            Poison: this fact cannot be taken; its stream is put aside.
        """
        ...


class Poison(Exception):
    """A fact that the projection cannot take, ever, with the code it has today."""

    code = "poison"

    def __init__(self, envelope: Envelope, reason: str) -> None:
        super().__init__(f"{envelope.type} {envelope.stream} v{envelope.version}: {reason}")
        self.envelope, self.reason = envelope, reason


class TooManyParked(Exception):
    """So many facts cannot be taken that the code must be wrong, not the facts."""

    code = "too_many_parked"


class Fenced(Exception):
    """Another member has moved the position; nothing of this batch was written. The text names the projection."""

    code = "fenced"
