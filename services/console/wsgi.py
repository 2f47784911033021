"""The console for gunicorn: reads the environment and makes the application."""

import os

from services.console.app import create_app
from services.console.settings import Settings

app = create_app(Settings.from_env(os.environ))
