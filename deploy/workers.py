"""What gunicorn does around the workers of one interface (`--config python:deploy.workers`).

They share a folder in which they count their calls, and what they would all import is imported once, before they are forked. What gunicorn itself has to
say is told as everything else is: one JSON line each.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from gunicorn import glogging

from shared.telemetry.logging import configure_logging

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The name by which prometheus_client knows the folder; it must be set before a worker loads the application."""

APPLICATIONS: Mapping[str, str] = {
    "services.requests.api.wsgi:app": "services.requests.api.application",
    "services.notifications.api.wsgi:app": "services.notifications.api.app",
    "services.metrics.api.wsgi:app": "services.metrics.api.app",
    "services.console.wsgi:app": "services.console.app",
}
"""The module that makes each application. Importing it opens nothing, so that its copies may be forked; the WSGI module itself opens the pool of one worker."""


class Lines(glogging.Logger):
    """Gunicorn's own words, in the lines of the service whose interface it runs."""

    def setup(self, cfg: Any) -> None:
        """Leave the format to the root logger; a worker sets that anew when it loads the application."""
        super().setup(cfg)
        configure_logging(cfg.default_proc_name.removeprefix("services.").partition(":")[0].partition(".")[0])
        self.error_log.handlers.clear()
        self.error_log.propagate = True


logger_class = Lines


def on_starting(server: Any) -> None:
    """A new folder, so that counts begin with the process that owns it; then the imports, which read its name."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="rogatory-calls-")
    if (module := APPLICATIONS.get(server.app.app_uri)) is not None:
        import_module(module)


def on_exit(server: Any) -> None:
    """The folder goes with the process."""
    shutil.rmtree(os.environ[FOLDER], ignore_errors=True)
