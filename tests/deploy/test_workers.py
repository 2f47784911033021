"""What every worker of an interface imports is imported once, before the workers are forked."""

import subprocess
import sys

import pytest

from deploy.local.processes import PROCESSES
from deploy.workers import APPLICATIONS


def test_every_interface_has_its_application_named() -> None:
    interfaces = {process.words[-1] for process in PROCESSES if process.web}

    assert interfaces == set(APPLICATIONS)


@pytest.mark.parametrize("module", sorted(APPLICATIONS.values()))
def test_what_is_imported_before_the_fork_starts_no_thread(module: str) -> None:
    asked = "import sys, threading; __import__(sys.argv[1]); print(threading.active_count())"
    told = subprocess.run([sys.executable, "-c", asked, module], capture_output=True, text=True, timeout=60, check=True)

    assert told.stdout.strip() == "1"
