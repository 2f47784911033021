"""`python -m services.requests rehearse FILE…`: plays scenario files against the sandbox that the environment names."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.requests.rehearsal.player import Player
from services.requests.rehearsal.sandbox import Sandbox, SandboxRefused
from services.requests.rehearsal.scenario import Scenario, ScenarioFault, read_scenario

NEEDED = ("REQUESTS_URL", "NOTIFICATIONS_URL", "METRICS_URL", "KEY_ADMIN")


def main(files: Sequence[str], env: Mapping[str, str]) -> int:
    """Play *files* in order; 0 when every expectation held, 1 when one did not, 2 when nothing could be played."""
    missing = [name for name in NEEDED if not env.get(name)]
    if missing or not files:
        what = f"{', '.join(missing)} must be set, as in run.env of a sandbox" if missing else "name at least one scenario file"
        _complain(what)
        return 2
    try:
        scenarios = [read_scenario(Path(name)) for name in files]
    except (ScenarioFault, OSError) as fault:
        _complain(str(fault))
        return 2
    sandbox = Sandbox(env["REQUESTS_URL"], env["NOTIFICATIONS_URL"], env["METRICS_URL"], env["KEY_ADMIN"])
    return _play(sandbox, scenarios)


def _play(sandbox: Sandbox, scenarios: Sequence[Scenario]) -> int:
    held, failed = 0, list[str]()
    for scenario in scenarios:
        player = Player(sandbox, scenario, _say)
        try:
            player.play()
        except SandboxRefused as fault:
            _complain(str(fault))
            return 2
        held, failed = held + player.held, failed + player.failed
    for line in failed:
        _say(f"not so: {line}")
    _say(f"{held} held, {len(failed)} failed")
    return 1 if failed else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _complain(what: str) -> None:
    sys.stderr.write(f"rehearse: {what}\n")
