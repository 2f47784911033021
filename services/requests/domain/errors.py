"""Why a command is refused. Each error carries a stable code and facts; what status that is on HTTP is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a body: where (JSON pointer), a code, and a sentence."""

    pointer: str
    code: str
    detail: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


class DomainError(Exception):
    """A command was refused; nothing has changed.

    Attributes:
        code: stable, part of the public interface.
        parameters: what a client needs to say it in another language.
        faults: the members of the body that are to blame, all at once.
    """

    code: ClassVar[str] = "not_possible"

    def __init__(self, detail: str, *, parameters: Mapping[str, Any] | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.parameters = dict(parameters or {})
        self.faults = tuple(faults)


class ValidationFailed(DomainError):
    """Members of the body are wrong."""

    code = "validation_failed"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults), faults=faults)


class FormIncomplete(DomainError):
    """Form fields that the instrument requires are empty."""

    code = "form_incomplete"

    def __init__(self, missing: Sequence[str]) -> None:
        faults = [Fault(f"/fields/{name}", "required", "the form of the instrument requires it") for name in missing]
        super().__init__("the form is incomplete: " + ", ".join(missing), parameters={"missing": list(missing)}, faults=faults)


class MoveNotPossible(DomainError):
    """State, hold, kind or what was recorded so far does not permit this move.

    ``parameters``: ``move``, ``state``, ``hold``, ``holds``, ``forbidden_by`` (state, hold, kind, facts), ``reason``, ``allowed`` and ``possible_moves``.
    """

    code = "move_not_possible"


class WrongSide(DomainError):
    """The move belongs to the other side."""

    code = "wrong_side"


class NotAllowed(DomainError):
    """The caller's role does not make moves, or nobody may act for that authority."""

    code = "not_allowed"


class NotFound(DomainError):
    """For this caller there is no such request."""

    code = "not_found"


class DuplicateReference(DomainError):
    """The requesting authority has a request under this reference already. ``parameters``: ``request``."""

    code = "duplicate_reference"


class BoundExceeded(DomainError):
    """The row of the instrument does not allow so long an extension, or none."""

    code = "bound_exceeded"


class GroundNotInInstrument(DomainError):
    """The legal basis of the request does not know this ground."""

    code = "ground_not_in_instrument"


class OccurredInFuture(DomainError):
    """What is recorded cannot lie ahead."""

    code = "occurred_in_future"


class OccurredBeforeCause(DomainError):
    """It cannot have happened before what it follows from."""

    code = "occurred_before_cause"


class UnknownInstrument(DomainError):
    """No instrument has this id."""

    code = "unknown_instrument"
