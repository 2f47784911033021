"""Published volumes of real authorities, as read from data/real_volumes.csv."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from deploy.local.places import CHECKOUT

FILE = CHECKOUT / "data" / "real_volumes.csv"


class NotPublished(LookupError):
    """No row of the file says this."""


@dataclass(frozen=True, slots=True)
class Volume:
    """One published figure and where it stands."""

    authority: str
    year: str
    direction: str
    kind: str
    metric: str
    value: float
    source: str


def read_volumes(path: Path = FILE) -> tuple[Volume, ...]:
    """Every figure of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Volume(row["authority"], row["year"], row["direction"], row["kind"], row["metric"], float(row["value"]), row["source"])
            for row in csv.DictReader(file)
        )


def average(volumes: Iterable[Volume], authority: str, direction: str, kind: str, metric: str) -> float:
    """The mean over the years for which this was published.

    Raises:
        NotPublished: for no year.
    """
    wanted = (authority, direction, kind, metric)
    found = [each.value for each in volumes if (each.authority, each.direction, each.kind, each.metric) == wanted]
    if not found:
        raise NotPublished(", ".join(wanted))
    return fmean(found)
