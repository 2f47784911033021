"""What is noted of the texts of a fact while it is sealed is what its bytes say."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from services.requests.sealing import Noted, sealed_event
from services.requests.streams import sealed_places
from services.requests.vault.texts import Sealer
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded
from shared.facts.text import Sealed, Text
from tests.builders import MONDAY

REQUEST, FACT = UUID(int=1), UUID(int=2)
WORDS = "words of somebody"
EARLIER = Sealed(f"{uuid4()}.bm90aGluZw")
WITH_TEXTS = [
    pytest.param(facts.StatusAsked(occurred_at=MONDAY, by="R", channel="post"), 0, id="none"),
    pytest.param(facts.InformationRequested(occurred_at=MONDAY, by="E", items=(Text(WORDS), "time_range", Text(WORDS))), 2, id="in a list"),
    pytest.param(facts.RequestAmended(occurred_at=MONDAY, by="R", changes={"fields": {"offence": Text(WORDS)}}, note=Text(WORDS)), 2, id="in fields"),
    pytest.param(facts.RequestAmended(occurred_at=MONDAY, by="R", changes={"fields": {"sealed": Text(WORDS)}}), 1, id="in a field of that name"),
    pytest.param(facts.RequestAmended(occurred_at=MONDAY, by="R", changes={"fields": {"offence": EARLIER}}), 0, id="sealed before"),
]


@pytest.mark.parametrize(("fact", "texts"), WITH_TEXTS)
def test_places_are_those_of_the_bytes(fact: Fact, texts: int) -> None:
    noted = Noted()
    event, keys = sealed_event(Sealer(bytes(range(32))), REQUEST, Recorded(FACT, 3, MONDAY, fact), noted)

    assert noted.places == sealed_places(event.payload, FACT)
    assert WORDS.encode() not in event.payload
    assert len(keys) == len(noted.words) == texts
    assert set(noted.words.values()) <= {WORDS}
