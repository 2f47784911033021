"""Members that marshmallow has no field for: sealed texts, codes that may be a sealed text instead, days or moments."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from shared.facts.members import parse_when

SEALED: dict[str, Any] = {"type": "object", "properties": {"sealed": {"type": "string"}}, "required": ["sealed"]}


class SealedText(fields.Field[Any]):
    """Somebody's words, sealed: ``{"sealed": …}``."""

    json_schema: ClassVar[dict[str, Any]] = SEALED

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("sealed"), str):
            raise ValidationError("A sealed text is expected.")
        return value


class CodeOrSealedText(SealedText):
    """A code, or somebody's words in its place, sealed."""

    json_schema: ClassVar[dict[str, Any]] = {"oneOf": [{"type": "string"}, SEALED]}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return value if isinstance(value, str) else super()._deserialize(value, attr, data, **kwargs)


class DayOrMoment(fields.Field[Any]):
    """A day, or a moment where the clock runs in hours."""

    json_schema: ClassVar[dict[str, Any]] = {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return parse_when(value)
        except (TypeError, ValueError) as fault:
            raise ValidationError("A day or a moment is expected.") from fault
