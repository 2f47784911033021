"""A request as far as telling others needs it: its parties, references, kind, state and desks. Folded from facts as they stand on the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.facts.codes import OPEN_STATES, Confidentiality, Side, State
from shared.facts.visibility import Parties, parties_after

STATE_AFTER: Mapping[str, State] = {
    "RequestDrafted": State.DRAFTED,
    "RequestRegistered": State.SENT,
    "RequestSent": State.SENT,
    "RequestSentBack": State.DRAFTED,
    "RequestAcknowledged": State.ACKNOWLEDGED,
    "RequestExecuted": State.EXECUTED,
    "RequestRefused": State.REFUSED,
    "RequestWithdrawn": State.WITHDRAWN,
    "RequestClosed": State.CLOSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What is known of one request. ``state`` is null after a correction that may have changed it, until a fact names one again."""

    id: str
    parties: Parties
    kind: str
    requesting_state: str
    requested_state: str
    instrument: str | None = None
    requesting_reference: str | None = None
    requested_reference: str | None = None
    state: str | None = State.DRAFTED
    last_open_state: str = State.SENT
    holder: str | None = None
    urgency: str = "routine"
    confidentiality: str = Confidentiality.NORMAL
    requesting_desk: str | None = None
    requested_desk: str | None = None

    def reference_for(self, authority: str) -> str | None:
        """The reference under which *authority* knows the request: its own, else the other side's."""
        own, other = self.requesting_reference, self.requested_reference
        return own or other if self.parties.side_of(authority) is Side.REQUESTING else other or own

    def counterpart_of(self, authority: str) -> str:
        """The authority on the other side, as seen by *authority*."""
        return self.parties.requested[-1] if self.parties.side_of(authority) is Side.REQUESTING else self.parties.requesting

    def desk_of(self, authority: str) -> str | None:
        """The desk that is answerable on the side of *authority*."""
        return self.requesting_desk if self.parties.side_of(authority) is Side.REQUESTING else self.requested_desk

    def desk_sees(self, authority: str, desk: str | None) -> bool:
        """Whether somebody of *authority* who listens for *desk* (null: for the whole authority) may hear of the request."""
        answerable = self.desk_of(authority)
        if self.confidentiality == Confidentiality.CONFIDENTIAL:
            return desk is not None and desk == answerable
        return desk is None or desk == answerable


def after(followed: Followed | None, subject: str, type_: str, data: Mapping[str, Any]) -> Followed | None:
    """Return what is known once this fact is known too; facts in order of version. None: the stream has not begun."""
    if type_ in ("RequestDrafted", "RequestRegistered"):
        return opened(subject, type_, data)
    if followed is None:
        return None
    parties = parties_after(followed.parties, type_, data)
    followed = replace(followed, parties=parties or followed.parties, state=STATE_AFTER.get(type_, followed.state))
    if followed.state in OPEN_STATES and followed.state is not None:
        followed = replace(followed, last_open_state=followed.state)
    change = CHANGES.get(type_)
    return followed if change is None else change(followed, data)


def opened(subject: str, type_: str, data: Mapping[str, Any]) -> Followed:
    """Return the request as its first fact describes it."""
    parties = parties_after(None, type_, data)
    assert parties is not None, "the first fact names both parties"
    incoming = type_ == "RequestRegistered"
    requesting, requested = data["requesting"], data["requested"]
    return Followed(
        id=subject,
        parties=parties,
        kind=data["kind"],
        requesting_state=requesting["state"],
        requested_state=requested["state"],
        instrument=data.get("instrument"),
        requesting_reference=requesting.get("reference"),
        requested_reference=requested.get("reference"),
        state=STATE_AFTER[type_],
        holder=requested["authority"] if incoming else requesting["authority"],
        urgency=level_of(data.get("urgency")),
        confidentiality=data.get("confidentiality", Confidentiality.NORMAL),
        requesting_desk=None if incoming else data.get("desk"),
        requested_desk=data.get("desk") if incoming else None,
    )


def level_of(urgency: Any) -> str:
    """Return the level of an urgency in its full or short form."""
    return urgency.get("level", "routine") if isinstance(urgency, Mapping) else urgency or "routine"


def _amended(followed: Followed, data: Mapping[str, Any]) -> Followed:
    changes = data["changes"]
    requesting, requested = changes.get("requesting", {}), changes.get("requested", {})
    return replace(
        followed,
        kind=changes.get("kind", followed.kind),
        instrument=changes.get("instrument", followed.instrument),
        requesting_reference=changes.get("own_reference", requesting.get("reference", followed.requesting_reference)),
        requested_state=requested.get("state", followed.requested_state),
        urgency=level_of(changes["urgency"]) if "urgency" in changes else followed.urgency,
        confidentiality=changes.get("confidentiality", followed.confidentiality),
    )


def _sent(followed: Followed, data: Mapping[str, Any]) -> Followed:
    return replace(followed, holder=followed.parties.requested[-1])


def _sent_back(followed: Followed, data: Mapping[str, Any]) -> Followed:
    return replace(followed, holder=followed.parties.requesting)


def _acknowledged(followed: Followed, data: Mapping[str, Any]) -> Followed:
    return replace(
        followed,
        requested_reference=data.get("reference", followed.requested_reference),
        requested_desk=followed.requested_desk or data.get("desk"),
        holder=followed.holder or followed.parties.requested[-1],
    )


def _forwarded(followed: Followed, data: Mapping[str, Any]) -> Followed:
    return replace(followed, holder=data["to"], requested_desk=None)


def _asked(followed: Followed, data: Mapping[str, Any]) -> Followed:
    return replace(followed, holder=followed.parties.requesting)


def _answered(followed: Followed, data: Mapping[str, Any]) -> Followed:
    return replace(followed, holder=followed.parties.requested[-1])


def _returned(followed: Followed, data: Mapping[str, Any]) -> Followed:
    return replace(followed, state=State.RETURNED, holder=None) if data.get("final") else followed


def _ended(followed: Followed, data: Mapping[str, Any]) -> Followed:
    return replace(followed, holder=None)


def _reopened(followed: Followed, data: Mapping[str, Any]) -> Followed:
    return replace(followed, state=followed.last_open_state, holder=followed.parties.requested[-1])


def _assigned(followed: Followed, data: Mapping[str, Any]) -> Followed:
    if followed.parties.side_of(str(data["by"])) is Side.REQUESTING:
        return replace(followed, requesting_desk=data["desk"])
    return replace(followed, requested_desk=data["desk"])


def _reclassified(followed: Followed, data: Mapping[str, Any]) -> Followed:
    return replace(followed, kind=data["kind"], instrument=data.get("instrument", followed.instrument))


def _corrected(followed: Followed, data: Mapping[str, Any]) -> Followed:
    values = data["values"]
    if values.get("void"):
        return replace(followed, state=None)
    own, other = values.get("requesting", {}), values.get("requested", {})
    return replace(
        followed,
        kind=values.get("kind", followed.kind),
        requesting_reference=own.get("reference", followed.requesting_reference) if isinstance(own, Mapping) else followed.requesting_reference,
        requested_reference=other.get("reference", followed.requested_reference) if isinstance(other, Mapping) else followed.requested_reference,
        confidentiality=values.get("confidentiality", followed.confidentiality),
    )


CHANGES: Mapping[str, Callable[[Followed, Mapping[str, Any]], Followed]] = {
    "RequestAmended": _amended,
    "RequestSent": _sent,
    "RequestSentBack": _sent_back,
    "RequestAcknowledged": _acknowledged,
    "RequestForwarded": _forwarded,
    "InformationRequested": _asked,
    "InformationSupplied": _answered,
    "ResultsReturned": _returned,
    "RequestRefused": _ended,
    "RequestWithdrawn": _ended,
    "RequestClosed": _ended,
    "RequestReopened": _reopened,
    "RequestAssigned": _assigned,
    "RequestReclassified": _reclassified,
    "FactCorrected": _corrected,
}
