"""Settings of the metrics service, read once from the environment that is passed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

SECRET = "api_key_secret"
SECRET_LENGTH = 32
LOG_LEVELS = ("debug", "info", "warning", "error")
NUMBERS: Mapping[str, int] = {
    "HEALTH_PORT": 0,
    "POOL_SIZE": 8,
    "REPORT_JOBS_KEPT_DAYS": 30,
    "REPORT_JOB_LEASE_SECONDS": 30,
    "REPORT_JOB_LONGEST_SECONDS": 1800,
}


class SettingsError(ValueError):
    """The environment does not describe a process that could start; the text names every fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a process of this service is told. Members that it does not need are empty."""

    database_url: str
    database_owner_url: str
    kafka_bootstrap: str
    health_port: int
    log_level: str
    sandbox: bool
    pool_size: int
    report_jobs_kept: timedelta
    """Reports made in the background are removed so long after they were ordered."""
    report_job_lease: timedelta
    """So long after the last sign of life of its worker a job is taken again."""
    report_job_longest: timedelta
    """So long a worker may make one report before it is taken to hang."""
    api_key_secret: str = field(repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str], needs: Collection[str] = ("DATABASE_URL", "SECRETS_DIR")) -> Settings:
        """Settings from *env*; *needs* are the variables without which this process cannot start.

        Raises:
            SettingsError: naming every missing or wrong variable at once.
        """
        faults = [f"{name} is not set" for name in needs if not env.get(name)]
        secret = _secret(env["SECRETS_DIR"], faults) if env.get("SECRETS_DIR") else ""
        numbers = {name: _number(env, name, default, faults) for name, default in NUMBERS.items()}
        level = env.get("LOG_LEVEL", "info").lower()
        if level not in LOG_LEVELS:
            faults.append(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
        if faults:
            raise SettingsError("; ".join(faults))
        return cls(
            database_url=env.get("DATABASE_URL", ""),
            database_owner_url=env.get("DATABASE_OWNER_URL", ""),
            kafka_bootstrap=env.get("KAFKA_BOOTSTRAP", ""),
            health_port=numbers["HEALTH_PORT"],
            log_level=level,
            sandbox=env.get("SANDBOX", "") == "1",
            pool_size=numbers["POOL_SIZE"],
            report_jobs_kept=timedelta(days=numbers["REPORT_JOBS_KEPT_DAYS"]),
            report_job_lease=timedelta(seconds=numbers["REPORT_JOB_LEASE_SECONDS"]),
            report_job_longest=timedelta(seconds=numbers["REPORT_JOB_LONGEST_SECONDS"]),
            api_key_secret=secret,
        )


def _secret(folder: str, faults: list[str]) -> str:
    """The secret in its file, without the trailing newline."""
    file = Path(folder, SECRET)
    found = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
    if len(found) < SECRET_LENGTH:
        faults.append(f"SECRETS_DIR must hold a file {SECRET} with at least {SECRET_LENGTH} characters")
    return found


def _number(env: Mapping[str, str], name: str, default: int, faults: list[str]) -> int:
    value = env.get(name, "")
    if value and not value.isdigit():
        faults.append(f"{name} must be a whole number")
        return default
    return int(value) if value else default
