"""Authorities of the sample and the keys of the first two: made once, kept in RUN_DIR/keys.env."""

import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.local.places import CHECKOUT
from deploy.local.sample_data.client import Api, require
from deploy.local.state import read_env, write_env

FILE = CHECKOUT / "data" / "sample" / "authorities.yaml"
COMMAND_SECONDS = 60
ROLES: Sequence[tuple[str, str, str | None]] = (
    ("KEY_DESK", "desk", "desk-2"),
    ("KEY_SUPERVISOR", "supervisor", None),
    ("KEY_HEAD", "head", None),
    ("KEY_AUDITOR", "auditor", None),
    ("KEY_INTEGRATOR", "integrator", None),
)
OTHER: tuple[str, str, str | None] = ("KEY_DESK_OTHER", "desk", "desk-1")


class KeyNotMade(Exception):
    """The first key could not be made."""


def authorities(path: Path = FILE) -> list[dict[str, Any]]:
    """The authorities of the sample, each with the marker in its name."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [{**each, "calendar": each["state"], "name": f"{each['name']} {told['marker']}"} for each in told["authorities"]]


def prepare(url: str, run_dir: Path, described: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Every authority is in the directory; the names and keys of the first two, as they stand in keys.env."""
    path = run_dir / "keys.env"
    known = read_env(path)
    first, other = (each["id"] for each in [each for each in described if each["member"]][:2])
    wanted = ["KEY_ADMIN", *(name for name, _, _ in ROLES), OTHER[0]]
    if known.get("AUTHORITY") == first and all(_opens(url, known.get(name)) for name in wanted):
        return known
    admin = known.get("KEY_ADMIN") if _opens(url, known.get("KEY_ADMIN")) else _first_key(described[0])
    write_env(path, {**known, "KEY_ADMIN": str(admin)})
    api = Api(url, str(admin))
    for each in described:
        _described(api, each)
    keys = {"AUTHORITY": first, "AUTHORITY_OTHER": other, "KEY_ADMIN": str(admin)}
    for name, role, desk in ROLES:
        keys[name] = _issued(api, first, role, desk)
    keys[OTHER[0]] = _issued(Api(url, _first_key(next(each for each in described if each["id"] == other))), other, OTHER[1], OTHER[2])
    write_env(path, keys)
    return keys


def _described(api: Api, authority: Mapping[str, Any]) -> None:
    """The directory says of *authority* all that the sample says; what the first key was made with is less."""
    path = f"/v1/authorities/{authority['id']}"
    found = api.get(path)
    if found.status == 404:
        require(f"authority {authority['id']}", api.post("/v1/authorities", authority, f"sample-{authority['id']}"), 201)
    elif found.status == 200 and found.body.get("languages") != authority["languages"]:
        changes = {name: value for name, value in authority.items() if name != "id"}
        key = f"sample-{authority['id']}-described"
        require(f"authority {authority['id']}", api.post(path, changes, key, found.version), 200)


def _opens(url: str, key: str | None) -> bool:
    return bool(key) and Api(url, str(key)).get("/v1/me").status == 200


def _first_key(authority: Mapping[str, Any]) -> str:
    """An administrator's key, made beside the service: without one nobody can call it."""
    words = [sys.executable, "-m", "services.requests", "create-key", "--authority", authority["id"], "--role", "administrator", "--label", "sample"]
    words += ["--state", authority["state"], "--name", authority["name"], "--zone", authority["time_zone"]]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    if done.returncode or not done.stdout.strip():
        raise KeyNotMade(f"create-key ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout.strip().splitlines()[-1]


def _issued(api: Api, authority: str, role: str, desk: str | None) -> str:
    body = {"role": role, "label": "sample", **({"desk": desk} if desk else {})}
    answer = require(f"key for {role}", api.post(f"/v1/authorities/{authority}/keys", body, str(uuid.uuid4())), 201)
    return str(answer.body["key"])
