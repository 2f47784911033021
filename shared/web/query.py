"""Parameters of the query string: unknown and doubled ones are refused, values are read strictly."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from flask import request

from shared.facts.moments import read_day, read_moment
from shared.web.errors import Fault, Problem, malformed

YES_NO = {"true": True, "false": False}


class Query:
    """The query string of the present call."""

    def __init__(self, single: Iterable[str] = (), several: Iterable[str] = ()) -> None:
        self._several = frozenset(several)
        known = self._several | frozenset(single)
        faults = [Fault(f"?{name}", "unknown_parameter", "this parameter is not known here") for name in request.args if name not in known]
        for name, values in request.args.lists():
            if len(values) > 1 and name not in self._several:
                faults.append(Fault(f"?{name}", "doubled_parameter", "this parameter stands twice"))
            if any("\0" in value for value in values):
                faults.append(Fault(f"?{name}", "malformed", "a value holds NUL"))
        if faults:
            raise Problem("malformed", faults[0].detail, faults=faults)

    def text(self, name: str, *, longest: int = 400) -> str | None:
        """The value of *name*; empty is none."""
        value = request.args.get(name)
        if value is not None and len(value) > longest:
            raise malformed(f"longer than {longest} characters", f"?{name}")
        return value or None

    def texts(self, name: str, choices: Collection[str] | None = None) -> list[str]:
        """All values of *name*, repeated or parted by commas."""
        values = [part for value in request.args.getlist(name) for part in value.split(",") if part]
        if choices is not None and (wrong := [value for value in values if value not in choices]):
            raise malformed(f"{wrong[0]!r} is not one of {', '.join(sorted(choices))}", f"?{name}", choices=sorted(choices))
        return values

    def choice(self, name: str, choices: Collection[str], default: str) -> str:
        """The value of *name*, one of *choices*."""
        value = request.args.get(name) or default
        if value not in choices:
            raise malformed(f"{value!r} is not one of {', '.join(sorted(choices))}", f"?{name}", choices=sorted(choices))
        return value

    def number(self, name: str, *, default: int | None = None, lowest: int = 0, highest: int = 2**31 - 1) -> int | None:
        """The whole number of *name* between *lowest* and *highest*."""
        value = request.args.get(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit() or len(value) > 10 or not lowest <= int(value) <= highest:
            raise malformed(f"must be a whole number from {lowest} to {highest}", f"?{name}", lowest=lowest, highest=highest)
        return int(value)

    def yes(self, name: str) -> bool | None:
        """true or false; None when it is not given."""
        value = request.args.get(name)
        if value is None:
            return None
        if value not in YES_NO:
            raise malformed("must be true or false", f"?{name}")
        return YES_NO[value]

    def moment(self, name: str) -> datetime | None:
        """The moment of *name*, RFC 3339 with an offset."""
        value = request.args.get(name)
        if value is None:
            return None
        try:
            return read_moment(value.replace(" ", "+"))  # an unescaped plus sign arrives as a blank
        except ValueError:
            raise malformed("must be a moment after RFC 3339", f"?{name}") from None

    def day(self, name: str) -> date | None:
        """The date of *name*."""
        value = request.args.get(name)
        if value is None:
            return None
        try:
            return read_day(value)
        except ValueError:
            raise malformed("must be a date, YYYY-MM-DD", f"?{name}") from None

    def identifier(self, name: str) -> UUID | None:
        """The UUID of *name*."""
        value = request.args.get(name)
        try:
            return None if value is None else UUID(value)
        except ValueError:
            raise malformed("must be a UUID", f"?{name}") from None
