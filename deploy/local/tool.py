"""`tool SERVICE COMMAND…`: a tool of a service, told what the processes of the running copy are told."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

from deploy.local import processes as table
from deploy.local.errors import BringUpError
from deploy.local.home import Home
from deploy.local.settings import Settings
from deploy.local.state import RUNNING, phase_of, read_state
from deploy.local.surroundings import Surroundings


def run_tool(settings: Settings, service: str, words: Sequence[str]) -> int:
    """Exit code of `python -m services.SERVICE` with *words*."""
    home = Home(settings.run_dir)
    holder = home.holder()
    if holder is None or phase_of(home.folder, holder) != RUNNING:
        raise BringUpError(f"Nothing is running from {home.folder}; start it with `make run` or `make start`.")
    port_base = read_state(home.folder)["processes"]["postgres"]["port"] - table.POSTGRES
    around = Surroundings(replace(settings, port_base=port_base), home)
    env = around.base_env() | {"DATABASE_URL": around.dsn(service, "app"), "KAFKA_BOOTSTRAP": around.kafka}
    return subprocess.run([sys.executable, "-m", f"services.{service}", *words], env=env, check=False).returncode
