"""The session is sealed in its cookie, ends when idle, and leads back into the console only."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from services.console.session import COOKIE, Sessions
from services.console.settings import Settings
from services.console.views.signin import own_path
from shared.settings.environment import SettingsError

SECRET = "s" * 43


def _request_with(cookie: str) -> Request:
    return Request(EnvironBuilder(headers=[("Cookie", f"{COOKIE}={cookie}")]).get_environ())


def _cookie(sessions: Sessions) -> str:
    response = Response()
    sessions.write(response, sessions.start("rog_key_of_a_desk", {"authority": "cz-central"}))
    return response.headers["Set-Cookie"].split(";")[0].removeprefix(f"{COOKIE}=")


def test_what_was_sealed_is_read_again_and_shows_no_key() -> None:
    sessions = Sessions(SECRET, minutes=30, secure=True)
    cookie = _cookie(sessions)

    found = sessions.read(_request_with(cookie))

    assert found is not None
    assert found.key == "rog_key_of_a_desk"
    assert "rog_key" not in cookie


def test_a_cookie_sealed_elsewhere_is_no_session() -> None:
    cookie = _cookie(Sessions("x" * 43, minutes=30, secure=True))

    assert Sessions(SECRET, minutes=30, secure=True).read(_request_with(cookie)) is None


def test_an_idle_session_has_ended() -> None:
    cookie = _cookie(Sessions(SECRET, minutes=30, secure=True))

    assert Sessions(SECRET, minutes=-1, secure=True).read(_request_with(cookie)) is None


@pytest.mark.parametrize("flag", ["HttpOnly", "SameSite=Strict", "Secure"])
def test_the_cookie_is_kept_from_scripts_other_sites_and_open_lines(flag: str) -> None:
    sessions, response = Sessions(SECRET, minutes=30, secure=True), Response()

    sessions.write(response, sessions.start("rog_k", {}))

    assert flag in response.headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/requests/1?as_of=2026-01-01", "/requests/1?as_of=2026-01-01"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        (None, "/"),
    ],
)
def test_signing_in_leads_to_a_path_of_the_console_only(address: str | None, path: str) -> None:
    assert own_path(address) == path


def test_settings_name_every_fault_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as fault:
        Settings.from_env({"SECRETS_DIR": str(tmp_path), "REQUESTS_URL": "requests:7081"})

    for name in ("REQUESTS_URL", "NOTIFICATIONS_URL", "METRICS_URL", "session_secret"):
        assert name in str(fault.value)
