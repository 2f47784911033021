"""The application as a WSGI server loads it. The only module of the interface that reads the environment."""

import gc
import os

from services.requests.api.application import create
from services.requests.assembly import make_shell
from services.requests.settings import Settings
from shared.telemetry.logging import configure_logging

settings = Settings.from_env(os.environ)
configure_logging("requests", settings.log_level.upper())
app = create(make_shell(settings, "requests-api"))
gc.freeze()  # what was made so far stays for ever: no later collection need look at it
