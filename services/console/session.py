"""Who is signed in: the caller's key and a form token, sealed in one cookie. The console keeps nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from flask import Request, Response

COOKIE = "rogatory_session"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person: key for the interfaces, authority and role as `/v1/me` told them, token of every form."""

    key: str
    form_token: str
    me: dict[str, Any]


class Sessions:
    """Seals and opens the session cookie; an idle session ends after *minutes*."""

    def __init__(self, secret: str, minutes: int, secure: bool) -> None:
        self._seal = Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))
        self._seconds, self._secure = minutes * 60, secure

    def read(self, request: Request) -> Session | None:
        """The session of *request*, or None when there is none, it is idle too long, or it was not sealed here."""
        token = request.cookies.get(COOKIE)
        if not token:
            return None
        try:
            found = json.loads(self._seal.decrypt(token.encode(), ttl=self._seconds))
        except (InvalidToken, ValueError):
            return None
        return Session(key=found["key"], form_token=found["form_token"], me=found["me"])

    def start(self, key: str, me: dict[str, Any]) -> Session:
        """A new session with a form token of its own."""
        return Session(key=key, form_token=secrets.token_urlsafe(24), me=me)

    def write(self, response: Response, session: Session) -> None:
        """Seal *session* into the cookie of *response*, with the time of now as its last use."""
        text = json.dumps({"key": session.key, "form_token": session.form_token, "me": session.me})
        response.set_cookie(COOKIE, self._seal.encrypt(text.encode()).decode(), httponly=True, samesite="Strict", secure=self._secure, path="/")

    def end(self, response: Response) -> None:
        """Forget the session in the browser."""
        response.delete_cookie(COOKIE, httponly=True, samesite="Strict", secure=self._secure, path="/")
