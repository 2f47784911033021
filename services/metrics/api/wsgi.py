"""``services.metrics.api.wsgi:app`` for a WSGI server. With __main__.py the only reader of the environment."""

import gc
import os

from services.metrics.api.app import make_app
from services.metrics.settings import Settings
from shared.telemetry.logging import configure_logging

_settings = Settings.from_env(os.environ)
configure_logging("metrics-api", _settings.log_level.upper())
app = make_app(_settings, reads_ahead=not _settings.sandbox)
gc.freeze()  # what was made so far stays for ever: no later collection need look at it
