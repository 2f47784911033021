"""The README's commands work as they stand, and its links lead somewhere."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from deploy.local.places import CHECKOUT, free_ports
from deploy.local.processes import GUNICORN
from deploy.local.sample_data.keys import authorities, prepare
from deploy.local.secret_files import make_service_secrets
from deploy.local.state import read_env, write_env
from tests.fixtures.postgres import FreshDatabase
from tests.waiting import until

DOCUMENTS = [
    *(CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md")),
    *sorted((CHECKOUT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")
COMMANDS = re.compile(r"```sh\n(.*?)```", re.DOTALL)
REGISTRIES = "|".join((r"py" r"pi\.org", r"npm" r"js"))  # in parts, or this file would name them itself
OF_A_MACHINE = "|".join((r"/wo" r"rk/", r"/tm" r"p/brief"))
FORBIDDEN = re.compile(rf"(?<!\w)(TO" rf"DO|FIX" rf"ME|{OF_A_MACHINE}|{REGISTRIES}|issue #?\d+|AI-generated|language model|chatbot)\b")


@contextmanager
def served(env: dict[str, str]) -> Iterator[str]:
    """The requests service under its own server."""
    port = next(free_ports())
    words = [str(CHECKOUT / ".venv/bin/python"), "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *GUNICORN, "services.requests.api.wsgi:app"]
    server = subprocess.Popen(words, env={**os.environ, **env}, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _answers(port), 30, "the service answers")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
            return True
    except OSError:
        return False


def test_a_request_lives_from_draft_to_return_by_the_lines_of_the_readme(
    fresh_database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {**fresh_database("requests").env(), "SECRETS_DIR": str(tmp_path / "secrets")}
    make_service_secrets(tmp_path / "secrets")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with served(env) as url:
        run_dir = tmp_path / ".local"
        run_dir.mkdir()
        prepare(url, run_dir, authorities())
        write_env(run_dir / "run.env", {"REQUESTS_URL": url, **read_env(run_dir / "keys.env")})
        (block,) = COMMANDS.findall((CHECKOUT / "README.md").read_text())

        done = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    states = re.findall(r'^\{"id":"[0-9a-f-]+","version":\d+,"state":"(\w+)"', done.stdout, re.MULTILINE)
    assert states == ["sent", "acknowledged", "executed", "returned"]
    assert '"ResultsReturned"' in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_links_lead_somewhere(document: Path) -> None:
    broken = [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]

    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_documents_speak_of_the_product_only(document: Path) -> None:
    assert FORBIDDEN.findall(document.read_text()) == []


def test_two_commands_are_all_that_a_newcomer_needs() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make ([a-z]+)", (CHECKOUT / "README.md").read_text()))

    assert named <= targets
