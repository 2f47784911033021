"""What a container does: one of the processes of `deploy.local.processes`, or one of the steps before them.

`python -m deploy.docker.entry PROCESS | secrets | databases | migrate SERVICE | topics | sample-data | healthy`. Secrets are files in SECRETS_DIR; the
connection URL of a process is made of them here, so that no password stands in `docker-compose.yml`.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.databases import ROLES, SERVICES, dsn, make_all, password
from deploy.local.health import is_alive
from deploy.local.processes import PROCESSES, Process
from deploy.local.secret_files import make_once, make_service_secrets

EVERYWHERE = "0.0.0.0"
PORT = 8000
"""Every process serves its pages, its interface or its health there, in its own container."""
POSTGRES_PORT = 5432
OUR_ID, POSTGRES_ID = 10001, 999


def secrets_folder(env: Mapping[str, str]) -> Path:
    """Where the secrets are."""
    return Path(env["SECRETS_DIR"])


def connection(env: Mapping[str, str], service: str, role: str) -> str:
    """Connection URL of a role."""
    return dsn(secrets_folder(env) / "databases", POSTGRES_PORT, service, role, host=env["POSTGRES_HOST"])


def make_secrets(env: Mapping[str, str]) -> None:
    """Every secret exists, readable by the processes only; PostgreSQL's own by PostgreSQL too. Runs as root, once."""
    folder = secrets_folder(env)
    make_service_secrets(folder)
    for service in SERVICES:
        for role in ROLES:
            password(folder / "databases", service, role)
    superuser = folder / "postgres" / "password"
    make_once(superuser)
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, OUR_ID, OUR_ID)
    os.chown(superuser.parent, POSTGRES_ID, OUR_ID)
    os.chown(superuser, POSTGRES_ID, OUR_ID)
    superuser.parent.chmod(0o750)
    superuser.chmod(0o440)


def make_databases(env: Mapping[str, str]) -> None:
    """The databases and roles exist."""
    superuser = (secrets_folder(env) / "postgres" / "password").read_text()
    make_all(f"postgresql://postgres:{superuser}@{env['POSTGRES_HOST']}:{POSTGRES_PORT}/postgres", secrets_folder(env) / "databases")


def migrate(env: Mapping[str, str], service: str) -> None:
    """Become the migrations of a service."""
    own = {"DATABASE_OWNER_URL": connection(env, service, "owner"), "DATABASE_URL": connection(env, service, "app")}
    become([sys.executable, "-m", f"services.{service}", "migrate"], {**env, **own})


def declare_topics(env: Mapping[str, str]) -> None:
    """Become the declaration of topics."""
    become([sys.executable, "-m", "shared.messaging", "declare-topics"], env)


def load_sample(env: Mapping[str, str]) -> None:
    """Become the loader of the sample."""
    become([sys.executable, "-m", "deploy.local.sample_data"], {**env, "DATABASE_URL": connection(env, "requests", "app")})


def exit_by_health(_env: Mapping[str, str]) -> None:
    """End with 0 when the process of this container answers."""
    sys.exit(0 if is_alive(f"http://127.0.0.1:{PORT}") else 1)


def become(command: Sequence[str], env: Mapping[str, str]) -> None:
    """Replace this process; signals then reach the command itself."""
    os.execve(command[0], list(command), dict(env))


def run_process(process: Process, env: Mapping[str, str]) -> None:
    """Become a process of the table."""
    own = {} if process.web else {"HEALTH_PORT": str(PORT)}
    if process.service:
        own["DATABASE_URL"] = connection(env, process.service, "app")
    become(process.command(EVERYWHERE, PORT), {**env, **own})


STEPS: dict[str, Callable[..., None]] = {
    "secrets": make_secrets,
    "databases": make_databases,
    "migrate": migrate,
    "topics": declare_topics,
    "sample-data": load_sample,
    "healthy": exit_by_health,
}


def main(arguments: Sequence[str], env: Mapping[str, str]) -> None:
    """Do what the first argument says."""
    name, *rest = arguments
    for process in PROCESSES:
        if process.name == name:
            run_process(process, env)
    if name not in STEPS:
        sys.exit(f"There is no process or step {name}.")
    STEPS[name](env, *rest)


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
