"""The shell of the application that makes the present call."""

from flask import Flask, current_app

from services.requests.shell import Shell

_EXTENSION = "requests"


def attach(app: Flask, shell: Shell) -> None:
    """*app* works with *shell* from here on."""
    app.extensions[_EXTENSION] = shell


def shell() -> Shell:
    """The outer ring of this process."""
    found: Shell = current_app.extensions[_EXTENSION]
    return found
