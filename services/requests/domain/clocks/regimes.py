"""Counting regimes as values: what the counting code of a row means."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.requests.domain.clocks.counting import ets_76_covers


class RegimeUnknown(ValueError):
    """No counting regime has this code, or it does not cover criminal co-operation."""

    code = "validation_failed"


@dataclass(frozen=True, slots=True)
class Regime:
    """How a period is counted.

    Attributes:
        includes_event_day: the named day is day one (C-17).
        rolls: the last day moves to a working day (C-8).
        two_working_days_from: periods of so many days and more hold two working days (C-10, C-19).
        hours: eu (full hours), plain (from the moment itself), uk (working days only).
        dutch: the Dutch Act's own bounds apply (C-19).
        backward: counted back from a later day (C-9).
        fixed: no figure; a date named in the case (C-12).
    """

    code: str
    includes_event_day: bool = False
    rolls: bool = False
    two_working_days_from: int | None = None
    hours: str = "plain"
    dutch: bool = False
    backward: bool = False
    fixed: bool = False


EU = Regime("EU", rolls=True, two_working_days_from=2, hours="eu")
NOROLL = Regime("NOROLL")
INCL = Regime("INCL", includes_event_day=True)
NL = Regime("NL", rolls=True, two_working_days_from=3, dutch=True)
NO = Regime("NO")
UK = Regime("UK", includes_event_day=True, hours="uk")
BGB = Regime("NATIONAL:DE-BGB", rolls=True)
BACK = Regime("BACK", backward=True)
FIXED = Regime("FIXED", fixed=True)

REGIMES: Mapping[str, Regime] = {
    "EU": EU,
    "HOURS_EU": Regime("HOURS_EU", hours="eu"),
    "HOURS_PLAIN": Regime("HOURS_PLAIN"),
    "HOURS_UK_S6": Regime("HOURS_UK_S6", hours="uk"),
    "NOROLL": NOROLL,
    "INCL": INCL,
    "NL": NL,
    "NO": NO,
    "UK": UK,
    "BACK": BACK,
    "FIXED": FIXED,
    "NATIONAL:DE-BGB": BGB,
    "NATIONAL:EU-1182-71": EU,
    "NATIONAL:NL-TERMIJNENWET": NL,
    "NATIONAL:IE-INTERPRETATION": INCL,
    "NATIONAL:UK-STARTING-WITH": INCL,
    "NATIONAL:REQUESTED-STATE-LAW": NOROLL,
}


def regime(counting: str, requested_state: str | None, by_state: Mapping[str, str]) -> Regime:
    """The regime that the counting code of a row means when *requested_state* is asked.

    ``REQUESTED_STATE`` is the law of that State: the code that *by_state* gives it, else no roll-over (C-15).

    Raises:
        RegimeUnknown: there is no such code, or it names a convention that does not cover criminal matters (C-20).
    """
    code = by_state.get(requested_state or "", "NOROLL") if counting == "REQUESTED_STATE" else counting
    if code == "NATIONAL:COE-ETS-76" and not ets_76_covers("criminal"):
        raise RegimeUnknown("ETS 76 does not cover criminal co-operation (C-20)")
    try:
        return REGIMES[code]
    except KeyError:
        raise RegimeUnknown(f"{code!r} is no counting regime") from None
