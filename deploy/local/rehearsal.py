"""`rehearse FILE…`: a sandbox on free ports for as long as scenario files are played against it, and gone afterwards."""

import os
import shutil
import sys
from collections.abc import Sequence

from deploy.local.home import scratch_folder
from deploy.local.places import free_block
from deploy.local.private_pair import run_command
from deploy.local.processes import PROCESSES
from deploy.local.progress import say
from deploy.local.settings import LAST_OFFSET, Settings
from deploy.local.state import read_env
from deploy.local.stopping import StopWish
from deploy.local.system import System

PAGES = ("console",)
"""What nobody looks at in a rehearsal."""


def rehearse(files: Sequence[str]) -> int:
    """Exit code of the player: 0 when every expectation held. Its last line is the last line said."""
    folder = scratch_folder()
    wish = StopWish()
    wish.listen()
    settings = Settings(folder, free_block(LAST_OFFSET), sample="none", log_level=os.environ.get("LOG_LEVEL") or "INFO", sandbox=True)
    system = System(settings, tuple(process for process in PROCESSES if process.name not in PAGES), wish)
    code = 1
    try:
        say(f"Starting a sandbox in {folder}")
        system.up()
        code = run_command([sys.executable, "-m", "services.requests", "rehearse", *files], read_env(system.run_env), wish)
    finally:
        system.down(tell=False)
        if code in (0, 1):  # what was expected stands in the player's lines; only a player that failed itself leaves a riddle
            shutil.rmtree(folder, ignore_errors=True)
    return code
