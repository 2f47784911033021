"""What each process is told by its environment: only what it needs."""

import os
from dataclasses import dataclass

from deploy.local import processes as table
from deploy.local.databases import SERVICES, dsn
from deploy.local.home import Home
from deploy.local.places import LOOPBACK
from deploy.local.processes import PROCESSES, Process
from deploy.local.settings import Settings

FROM_THE_PERSON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
MAIL_FROM = "no-reply@rogatory.example"


@dataclass(frozen=True)
class Surroundings:
    """Addresses and secrets of one running copy."""

    settings: Settings
    home: Home

    def port(self, offset: int) -> int:
        """The port at *offset* from the base."""
        return self.settings.port_base + offset

    def url(self, offset: int) -> str:
        """HTTP address of the process at *offset*."""
        return f"http://{LOOPBACK}:{self.port(offset)}"

    @property
    def kafka(self) -> str:
        """Address of the broker."""
        return f"{LOOPBACK}:{self.port(table.KAFKA)}"

    def dsn(self, service: str, role: str) -> str:
        """Connection URL of a service's role."""
        return dsn(self.home.passwords, self.port(table.POSTGRES), service, role)

    def urls(self) -> dict[str, str]:
        """Addresses that people and programs open."""
        return {
            "CONSOLE_URL": self.url(table.CONSOLE),
            "REQUESTS_URL": self.url(table.REQUESTS),
            "NOTIFICATIONS_URL": self.url(table.NOTIFICATIONS),
            "METRICS_URL": self.url(table.METRICS),
            "MAIL_URL": self.url(table.MAIL_PAGE),
        }

    def base_env(self) -> dict[str, str]:
        """What every process is told."""
        kept = {name: os.environ[name] for name in FROM_THE_PERSON if name in os.environ}
        return {
            **kept,
            "PYTHONUNBUFFERED": "1",
            "LOG_LEVEL": self.settings.log_level,
            "SECRETS_DIR": str(self.home.secrets),
            "PUBLIC_URL": self.url(table.CONSOLE),
        }

    def env(self, process: Process) -> dict[str, str]:
        """What *process* is told."""
        env = self.base_env()
        if process.service:
            env |= {"DATABASE_URL": self.dsn(process.service, "app"), "WEBHOOK_ALLOW_PRIVATE": "1"}
            if self.settings.sandbox:
                env |= self.sandbox_env(process.service)
        else:
            env |= self.urls()
        if process.kafka:
            env["KAFKA_BOOTSTRAP"] = self.kafka
        if process.mail:
            env |= {"SMTP_HOST": LOOPBACK, "SMTP_PORT": str(self.port(table.SMTP)), "MAIL_FROM": MAIL_FROM}
        if process.name == "mail-sink":
            env["MAIL_DIR"] = str(self.home.folder / "mail")
        return env if process.web else env | {"HEALTH_PORT": str(self.port(process.offset))}

    def sandbox_env(self, service: str) -> dict[str, str]:
        """What makes a process of *service* one of a sandbox; only the owner may empty a log."""
        return {"SANDBOX": "1", "DATABASE_OWNER_URL": self.dsn(service, "owner")}

    def command(self, process: Process) -> list[str]:
        """The command line of *process* on this machine."""
        return process.command(LOOPBACK, self.port(process.offset))

    def migration_env(self, service: str) -> dict[str, str]:
        """What a service's migrations are told."""
        return self.base_env() | {"DATABASE_OWNER_URL": self.dsn(service, "owner"), "DATABASE_URL": self.dsn(service, "app")}

    def sample_env(self) -> dict[str, str]:
        """What the loader of the sample is told."""
        own = {"DATABASE_URL": self.dsn("requests", "app"), "RUN_DIR": str(self.home.folder), "SAMPLE": self.settings.sample}
        return self.base_env() | self.urls() | own

    def run_env(self) -> dict[str, str]:
        """How the running copy describes itself to programs beside it; the databases by their readers."""
        readers = {f"{service.upper()}_DSN": self.dsn(service, "reader") for service in SERVICES}
        return {**self.urls(), "KAFKA_BOOTSTRAP": self.kafka, **readers}

    def ports(self, chosen: tuple[Process, ...] = PROCESSES) -> dict[int, str]:
        """Every port that must be free, and who will use it."""
        ports = {process.offset: process.name for process in chosen}
        ports |= {table.POSTGRES: "PostgreSQL", table.KAFKA: "Kafka", table.KAFKA_CONTROLLER: "Kafka's controller"}
        if "mail-sink" in ports.values():
            ports[table.SMTP] = "mail sink, SMTP"
        return {self.port(offset): name for offset, name in sorted(ports.items())}
