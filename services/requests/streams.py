"""Request streams as folded from the log. Prefixes are kept in memory: a stream only grows, so a folded prefix stays right for ever."""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from services.requests.domain.request import Request, apply_all, fold
from services.requests.queries.streams import read_streams, read_tail, read_whole
from shared.facts.base import Fact, Recorded
from shared.storage.event_log import read_stream
from shared.wire.codec import recorded
from shared.wire.envelope import Envelope

STREAMS_KEPT = 4096

Place = tuple[UUID, str]
"""Where a sealed text stands: its fact, and the JSON pointer in it."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One request with its history, and where each sealed text of it stands.

    Attributes:
        opened: words of sealed texts, as long as *live_texts* is the number of those that can be opened: a destroyed key changes the number.
        keys: wrapped keys of the texts, as far as they were read together with the facts.
        shown: what this version looks like to each kind of caller; forgotten with the words.
    """

    id: UUID
    request: Request
    places: Mapping[str, Place]
    live_texts: int = 0
    keys: Mapping[UUID, bytes] = field(default_factory=dict, compare=False, repr=False)
    opened: dict[str, str | None] = field(default_factory=dict, compare=False, repr=False)
    shown: dict[Any, bytes] = field(default_factory=dict, compare=False, repr=False)

    @property
    def version(self) -> int:
        """Version of the last fact."""
        return self.request.version


def grown(stream: Stream | None, envelopes: Sequence[Envelope]) -> Stream | None:
    """*stream* with the facts of *envelopes*, which follow its last one."""
    if not envelopes:
        return stream
    facts = [recorded(envelope) for envelope in envelopes]
    places: dict[str, Place] = {}
    for envelope, fact in zip(envelopes, facts, strict=True):
        places.update(sealed_places(envelope.value, fact.id))
    return lengthened(stream, stream.id if stream else UUID(envelopes[0].stream), facts, places)


def lengthened(stream: Stream | None, id: UUID, facts: Sequence[Recorded[Fact]], new_places: Mapping[str, Place]) -> Stream:
    """*stream* with *facts*, which follow its last one, and the places of the sealed texts in them."""
    if stream is None:
        return Stream(id, fold(facts), new_places, len(new_places))
    request = apply_all(stream.request, facts)
    places = {**stream.places, **new_places} if new_places else stream.places
    return Stream(id, request, places, stream.live_texts + len(places) - len(stream.places), stream.keys, dict(stream.opened))


def with_texts(stream: Stream | None, live_texts: int) -> Stream | None:
    """*stream*, with none of its words where keys were destroyed since they were opened."""
    if stream is None or stream.live_texts == live_texts:
        return stream
    return replace(stream, live_texts=live_texts, keys={}, opened={}, shown={})


def sealed_places(payload: bytes, fact: UUID) -> dict[str, Place]:
    """Every sealed text of a fact as stored, with its place."""
    if b'"sealed"' not in payload:
        return {}
    return {text: (fact, pointer) for text, pointer in _sealed_in(json.loads(payload), "")}


def _sealed_in(value: Any, pointer: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(value.get("sealed"), str):
            yield value["sealed"], pointer
            return
        for name, member in value.items():
            yield from _sealed_in(member, f"{pointer}/{name}")
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _sealed_in(member, f"{pointer}/{number}")


class Streams:
    """Reads streams; keeps the most recently used ones folded."""

    def __init__(self, kept: int = STREAMS_KEPT) -> None:
        self._kept = kept
        self._known: OrderedDict[UUID, Stream] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, conn: Connection[Any], id: UUID) -> Stream | None:
        """The stream as it is now; None when there is none.

        Beside what is new, the last fact known here is read again. Is it another one, the log was restored or emptied: everything is read anew.
        """
        known = self._known.get(id)
        if known is not None:
            tail = read_tail(conn, id, known.version - 1)
            if tail.first_id == known.request.history[-1].id:
                if len(tail.rows) == 1 and known.live_texts == tail.live_texts:
                    return known
                return self._keep(with_texts(grown(known, tail.envelopes(skipped=1)), tail.live_texts), id)
        whole = read_whole(conn, id)
        stream = with_texts(grown(None, whole.envelopes()), whole.live_texts)
        return self._keep(None if stream is None else replace(stream, keys=whole.keys), id)

    def remembered(self, id: UUID) -> Stream | None:
        """The stream as this process knew it last; it may have grown since, and only an append that proves its last fact may rest on it."""
        return self._known.get(id)

    def read_many(self, conn: Connection[Any], versions: Mapping[UUID, int]) -> dict[UUID, Stream]:
        """Each stream at exactly the version named, or beyond it where more is known here; in one statement for all that are not in memory."""
        found = {id: known for id, version in versions.items() if (known := self._known.get(id)) is not None and known.version >= version}
        missing = {id: version for id, version in versions.items() if id not in found}
        by_stream: dict[str, list[Envelope]] = {}
        for envelope in read_streams(conn, missing) if missing else ():
            by_stream.setdefault(envelope.stream, []).append(envelope)
        for name, envelopes in by_stream.items():
            stream = self._keep(grown(None, envelopes), UUID(name))
            if stream is not None:
                found[stream.id] = stream
        return found

    def keep(self, stream: Stream) -> None:
        """Remember *stream*, which this process has just made longer."""
        self._keep(stream, stream.id)

    def forget(self) -> None:
        """Read everything anew."""
        with self._lock:
            self._known.clear()

    def _keep(self, stream: Stream | None, id: UUID) -> Stream | None:
        with self._lock:
            if stream is None:
                self._known.pop(id, None)
                return None
            known = self._known.get(id)
            if known is None or known.version <= stream.version or known.request.history[0].id != stream.request.history[0].id:
                self._known[id] = stream
            self._known.move_to_end(id)
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
        return stream


def read_as_of(conn: Connection[Any], id: UUID, as_of: datetime) -> Stream | None:
    """The stream as it was recorded up to *as_of*."""
    return grown(None, read_stream(conn, id, recorded_up_to=as_of))


def read_up_to(conn: Connection[Any], id: UUID, version: int) -> Stream | None:
    """The stream up to *version*."""
    return grown(None, read_stream(conn, id, up_to_version=version))
