"""The published language: facts, codes, identifiers, the two times. Pure values; the standard library only.

Here must not be: any decision about what may happen (services/requests/domain), any format (shared/wire), any input or output.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.facts import clocks, directory, escalations, requests
from shared.facts.base import Fact, Recorded, Value, When

# Classes that only hold what several facts share.
_SHAPES = {requests.Opening, clocks.ClockFact, clocks.DatedClockFact, directory.AuthorityDescribed}


def _facts_of(*chapters: object) -> Mapping[str, type[Fact]]:
    found = {
        name: cls
        for chapter in chapters
        for name, cls in vars(chapter).items()
        if isinstance(cls, type) and issubclass(cls, Fact) and cls is not Fact and cls not in _SHAPES
    }
    return MappingProxyType(found)


REQUEST_FACTS: Mapping[str, type[Fact]] = _facts_of(requests)
CLOCK_FACTS: Mapping[str, type[Fact]] = _facts_of(clocks)
ESCALATION_FACTS: Mapping[str, type[Fact]] = _facts_of(escalations)
DIRECTORY_FACTS: Mapping[str, type[Fact]] = _facts_of(directory)
FACTS: Mapping[str, type[Fact]] = MappingProxyType({**REQUEST_FACTS, **CLOCK_FACTS, **ESCALATION_FACTS, **DIRECTORY_FACTS})

__all__ = ["CLOCK_FACTS", "DIRECTORY_FACTS", "ESCALATION_FACTS", "FACTS", "REQUEST_FACTS", "Fact", "Recorded", "Value", "When"]
