"""Settings of the metrics service, read once from the environment that is passed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from shared.settings.environment import Environment


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
    read_ahead_members: int
    """Of so many members, the largest ones, a worker of the interface reads the courses before anybody asks."""
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
        told = Environment(env, needs)
        settings = cls(
            database_url=told.text("DATABASE_URL"),
            database_owner_url=told.text("DATABASE_OWNER_URL"),
            kafka_bootstrap=told.text("KAFKA_BOOTSTRAP"),
            health_port=told.number("HEALTH_PORT", 0),
            log_level=told.log_level(),
            sandbox=told.claim("SANDBOX"),
            pool_size=told.number("POOL_SIZE", 8, lowest=1),
            read_ahead_members=told.number("READ_AHEAD_MEMBERS", 4, lowest=0),
            report_jobs_kept=timedelta(days=told.number("REPORT_JOBS_KEPT_DAYS", 30, lowest=1)),
            report_job_lease=timedelta(seconds=told.number("REPORT_JOB_LEASE_SECONDS", 30, lowest=1)),
            report_job_longest=timedelta(seconds=told.number("REPORT_JOB_LONGEST_SECONDS", 1800, lowest=1)),
            api_key_secret=told.secret("api_key_secret"),
        )
        told.check()
        return settings
