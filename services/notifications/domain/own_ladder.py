"""An authority's own ladder and hours as a document: read, checked, and shown; the default in the same form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from fractions import Fraction
from typing import Any

from services.notifications.domain.ladder import HARD, ORDINARY, Ladder, Offset, Rung
from services.notifications.domain.running import HARD_STOPS
from services.notifications.domain.window import Window

RECIPIENTS = ("desk", "supervisor", "head", "liaison", "other_desk", "other_supervisor", "other_head", "other_liaison")
SHARES: Mapping[str, Fraction] = {"1/2": Fraction(1, 2), "1/3": Fraction(1, 3), "1/4": Fraction(1, 4)}


@dataclass(frozen=True, slots=True)
class Setting:
    """What an authority has set: its ladders, in the order in which they are tried, and its hours."""

    ladders: tuple[Ladder, ...] = ()
    window: Window = field(default_factory=Window)


def setting_from(document: Mapping[str, Any]) -> Setting:
    """Return what *document* (already checked by its schema) says."""
    window = document.get("window") or {}
    return Setting(
        tuple(ladder_from(each) for each in document.get("ladders", ())),
        Window(time.fromisoformat(window.get("opens", "08:00")), time.fromisoformat(window.get("closes", "18:00"))),
    )


def ladder_from(document: Mapping[str, Any]) -> Ladder:
    """Return one ladder."""
    return Ladder(
        rungs=tuple(rung_from(each) for each in sorted(document["levels"], key=lambda each: int(each["level"]))),
        kinds=frozenset(document.get("kinds", ())),
        urgencies=frozenset(document.get("urgencies", ())),
        effects=frozenset(document.get("effects", ())),
    )


def rung_from(document: Mapping[str, Any]) -> Rung:
    """Return one level."""
    return Rung(level=document["level"], days=offset_from(document["days"]), hours=offset_from(document["hours"]), to=tuple(document["to"]))


def offset_from(document: Mapping[str, Any]) -> Offset:
    """Return one distance."""
    share = document.get("share")
    return Offset(before=document.get("before"), share=SHARES[share] if share else None, after=document.get("after"))


def document_of(ladders: Sequence[Ladder], window: Window) -> dict[str, Any]:
    """Return ladders and hours as the document that would set them."""
    return {
        "ladders": [
            {
                "kinds": sorted(ladder.kinds),
                "urgencies": sorted(ladder.urgencies),
                "effects": sorted(ladder.effects),
                "levels": [
                    {"level": rung.level, "days": shown(rung.days), "hours": shown(rung.hours), "to": list(rung.to)} for rung in ladder.rungs
                ],
            }
            for ladder in ladders
        ],
        "window": {"opens": window.opens.isoformat("minutes"), "closes": window.closes.isoformat("minutes")},
    }  # fmt: skip


def shown(offset: Offset) -> dict[str, Any]:
    """Return a distance with the members that it has."""
    members = {"before": offset.before, "share": str(offset.share) if offset.share else None, "after": offset.after}
    return {name: value for name, value in members.items() if value is not None}


DEFAULT = (Ladder(rungs=HARD, effects=HARD_STOPS), Ladder(rungs=ORDINARY))
