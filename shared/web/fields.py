"""Members of bodies that marshmallow reads more loosely than the interface does."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from shared.facts.moments import read_day, read_moment


class Whole(validate.Regexp):
    """The whole text has the pattern. `$` alone lets a line end after it pass, and a code with one is another code."""

    def __call__(self, value: Any) -> Any:
        """Return *value*, or raise ValidationError."""
        if not isinstance(value, str) or re.fullmatch(str(self.regex.pattern), value, self.regex.flags) is None:
            raise ValidationError(self._format_error(value))
        return value


class Moment(fields.AwareDateTime):
    """A moment after RFC 3339, in UTC once it is read."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> datetime:
        if not isinstance(value, str):
            raise ValidationError("a moment after RFC 3339 is expected")
        try:
            return read_moment(value)
        except ValueError as fault:
            raise ValidationError(str(fault)) from None


class Day(fields.Date):
    """A date, YYYY-MM-DD."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> date:
        if not isinstance(value, str):
            raise ValidationError("a date (YYYY-MM-DD) is expected")
        try:
            return read_day(value)
        except ValueError as fault:
            raise ValidationError(str(fault)) from None
