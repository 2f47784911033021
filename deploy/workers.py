"""What gunicorn does around the workers of one interface (`--config python:deploy.workers`).

They share a folder in which they count their calls, and what they would all import is imported once, before they are forked.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from importlib import import_module
from typing import Any

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The name by which prometheus_client knows the folder; it must be set before a worker loads the application."""

APPLICATIONS: Mapping[str, str] = {
    "services.requests.api.wsgi:app": "services.requests.api.application",
    "services.notifications.api.wsgi:app": "services.notifications.api.app",
    "services.metrics.api.wsgi:app": "services.metrics.api.app",
    "services.console.wsgi:app": "services.console.app",
}
"""The module that makes each application. Importing it opens nothing, so that its copies may be forked; the WSGI module itself opens the pool of one worker."""


def on_starting(server: Any) -> None:
    """A new folder, so that counts begin with the process that owns it; then the imports, which read its name."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="rogatory-calls-")
    if (module := APPLICATIONS.get(server.app.app_uri)) is not None:
        import_module(module)


def on_exit(server: Any) -> None:
    """The folder goes with the process."""
    shutil.rmtree(os.environ[FOLDER], ignore_errors=True)
