"""Secrets of one running copy: files of mode 600, made once, kept as long as the data they protect."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def _random_text() -> str:
    return secrets.token_urlsafe(32)


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


SERVICE_SECRETS: dict[str, Callable[[], str]] = {
    "api_key_secret": _random_text,  # keys of the interface are stored only as an HMAC under it
    "text_wrapping_key": _random_key,  # wraps the keys of sealed texts
    "cursor_secret": _random_text,  # signs cursors of lists
    "session_secret": _random_text,  # signs the console's session cookie
}


def make_once(path: Path, value: Callable[[], str] = _random_text) -> str:
    """Content of the file *path*; it is made, readable by its owner only, when it is not there."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".new")
        unfinished.unlink(missing_ok=True)
        with open(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            file.write(value())
        unfinished.rename(path)
    return path.read_text()


def make_service_secrets(folder: Path) -> None:
    """Every secret a service may ask for, as files in *folder*."""
    for name, value in SERVICE_SECRETS.items():
        make_once(folder / name, value)
