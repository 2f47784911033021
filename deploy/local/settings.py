"""What a person may choose about a running copy: its folder, its ports, whether it starts with the sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import BringUpError
from deploy.local.places import CHECKOUT

LAST_OFFSET = 40
SAMPLES = ("full", "none")


@dataclass(frozen=True)
class Settings:
    """Choices from the environment."""

    run_dir: Path
    port_base: int
    sample: str
    log_level: str
    sandbox: bool = False
    """Whether the copy has a test clock and can be emptied."""

    @property
    def kind(self) -> str:
        """What its data are: they never mix."""
        return "a sandbox" if self.sandbox else "an ordinary copy"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read RUN_DIR, PORT_BASE, SAMPLE, SANDBOX and LOG_LEVEL; all faults are told at once."""
        faults = []
        base = env.get("PORT_BASE") or "7080"
        if not (base.isdigit() and 1024 <= int(base) <= 65535 - LAST_OFFSET):
            faults.append(f"PORT_BASE must be a number from 1024 to {65535 - LAST_OFFSET}, not {base!r}")
        sample = env.get("SAMPLE") or "full"
        if sample not in SAMPLES:
            faults.append(f"SAMPLE must be one of {', '.join(SAMPLES)}, not {sample!r}")
        sandbox = env.get("SANDBOX") or "0"
        if sandbox not in ("0", "1"):
            faults.append(f"SANDBOX must be 1 or 0, not {sandbox!r}")
        if faults:
            raise BringUpError("; ".join(faults) + ".")
        return cls(CHECKOUT / (env.get("RUN_DIR") or ".local"), int(base), sample, env.get("LOG_LEVEL") or "INFO", sandbox == "1")
