"""Who calls: an API key as bearer token, looked up in the service's own copy of the directory."""

from collections.abc import Collection
from typing import Protocol

from flask import g, request

from shared.storage.directory import Caller
from shared.web.errors import Problem

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="rogatory"'}


class Callers(Protocol):
    """Where bearer tokens are looked up."""

    def caller(self, bearer: str) -> Caller | None:
        """Who holds *bearer*, or None."""


def authenticate(callers: Callers) -> Caller:
    """The caller of the present call; 401 when nobody is known by the token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem("not_authenticated", "send Authorization: Bearer followed by the key", headers=CHALLENGE)
    known = callers.caller(token.strip())
    if known is None:
        raise Problem("not_authenticated", "the key is unknown or revoked", headers=CHALLENGE)
    g.caller = known
    return known


def caller() -> Caller:
    """Who makes the present call."""
    known: Caller = g.caller
    return known


def require_role(roles: Collection[str]) -> Caller:
    """The caller, when it has one of *roles*; 403 otherwise."""
    known = caller()
    if known.role not in roles:
        raise Problem("not_allowed", f"the role {known.role} may not do this", parameters={"role": known.role, "roles": sorted(roles)})
    return known
