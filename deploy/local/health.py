"""Asking a process how it is, over HTTP."""

import urllib.error
import urllib.request
from http import HTTPStatus

ASK_SECONDS = 3
SHOWN_CHARACTERS = 300


def ask(url: str, path: str) -> tuple[int | None, str]:
    """Status and beginning of the answer; no status when nobody answers."""
    try:
        with urllib.request.urlopen(url + path, timeout=ASK_SECONDS) as answer:
            return answer.status, answer.read(SHOWN_CHARACTERS).decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(SHOWN_CHARACTERS).decode(errors="replace")
    except OSError:
        return None, "no answer"


def is_alive(url: str) -> bool:
    """Whether the process answers at all."""
    return ask(url, "/healthz")[0] == HTTPStatus.OK


def is_ready(url: str) -> bool:
    """Whether the process says that it can do its work."""
    return ask(url, "/readyz")[0] == HTTPStatus.OK
