"""What gunicorn does around the workers of one interface (`--config python:deploy.workers`): they share a folder in which they count their calls."""

import os
import shutil
import tempfile
from typing import Any

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The name by which prometheus_client knows the folder; it must be set before a worker loads the application."""


def on_starting(server: Any) -> None:
    """A new folder, so that counts begin with the process that owns it."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="rogatory-calls-")


def on_exit(server: Any) -> None:
    """The folder goes with the process."""
    shutil.rmtree(os.environ[FOLDER], ignore_errors=True)
