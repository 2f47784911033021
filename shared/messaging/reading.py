"""Which records of a poll count: of the incarnation, each dense number once, in order. One pass, as little as possible for each record."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.storage.positions import Place
from shared.wire.envelope import Envelope, from_headers


@dataclass(slots=True)
class Reading:
    """What came out of the records of one partition."""

    place: Place
    taken: list[Envelope] = field(default_factory=list)
    unreadable: list[tuple[Any, str]] = field(default_factory=list)
    copies: int = 0
    early: int = 0
    older: int = 0
    new_run: int | None = None


def read(records: Sequence[Any], place: Place) -> Reading:
    """Take from *records* what follows *place*. Stops at a record of a higher incarnation: `new_run`, the place before it.

    A number above the next one is an early copy: the same number comes again later, in order.
    """
    run, next_offset, last = place
    reading = Reading(place)
    take = reading.taken.append
    for record in records:
        try:
            found = dict(record.headers)
            record_run, seq = int(found["ce_relayrun"]), int(found["ce_relayseq"])
            if record_run != run:
                if record_run < run:
                    reading.older += 1
                    next_offset = record.offset + 1
                    continue
                if run:
                    reading.new_run = record_run
                    break
                run = record_run  # the first record that this place ever meets
            if seq == last + 1:
                take(from_headers(found, record, record_run, seq))
                last = seq
            elif seq <= last:
                reading.copies += 1
            else:
                reading.early += 1
        except (KeyError, ValueError, TypeError, AttributeError) as fault:
            reading.unreadable.append((record, repr(fault)[:200]))
        next_offset = record.offset + 1
    reading.place = Place(run, next_offset, last)
    return reading
