"""Instruments read from files: `load(folder)` gives frozen values and refuses files with faults, each named with its place.

Values live in `shared.facts.instruments`; what they mean in `services.requests.domain`. No counting in here.
"""

from shared.instruments.loading import InstrumentsFaulty, load

__all__ = ["InstrumentsFaulty", "load"]
