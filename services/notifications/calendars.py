"""Working days of each State as this copy has them: files of the operator go before the library, as they do for legal dates."""

from pathlib import Path

from shared.calendars.national import Calendars

FOLDER = Path(__file__).resolve().parents[2] / "data" / "calendars"


def own_calendars() -> Calendars:
    """The library's calendars, with those that stand in the folder before them. Read when a process starts."""
    return Calendars.with_files(FOLDER)
