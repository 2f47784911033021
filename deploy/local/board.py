"""The table a person sees when everything runs: what runs where, what to open, which key to use, how to stop."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.places import CHECKOUT

PURPOSES = {
    "requests-api": "requests, authorities, events",
    "requests-relay": "carries facts to Kafka",
    "requests-project": "keeps the lists",
    "requests-timers": "records lapses",
    "notifications-api": "subscriptions, deliveries",
    "notifications-project": "decides who is told",
    "notifications-send": "sends mail and webhooks",
    "notifications-timers": "fires the levels of the ladder",
    "notifications-relay": "carries escalations to Kafka",
    "metrics-api": "figures and returns",
    "metrics-project": "counts",
    "metrics-jobs": "makes long reports",
    "console": "pages for people",
    "mail-sink": "shows the mail that was sent",
    "postgres": "PostgreSQL",
    "kafka": "Kafka",
}
OPENED = ("console", "requests-api", "notifications-api", "metrics-api", "mail-sink")


def row(name: str, port: int, note: str = "") -> str:
    """One line of the table."""
    address = f"http://127.0.0.1:{port}" if name in OPENED else f"127.0.0.1:{port}"
    return f"  {name:<22} {address:<24} {PURPOSES.get(name, ''):<32} {note}".rstrip()


def table(ports: Mapping[str, int]) -> list[str]:
    """What runs where, what people open first."""
    order = sorted(ports, key=lambda name: (OPENED.index(name) if name in OPENED else len(OPENED), name))
    return [row(name, ports[name]) for name in order]


def shown(path: Path) -> str:
    """*path* as a person in the checkout would type it."""
    return str(path.relative_to(CHECKOUT)) if path.is_relative_to(CHECKOUT) else str(path)


def announcement(ports: Mapping[str, int], run_env: Mapping[str, str], folder: Path, stop: str, seconds: float) -> Sequence[str]:
    """Everything a newcomer needs, as lines."""
    lines = ["", f"Rogatory is running (ready after {seconds:.0f} s).", "", *table(ports), ""]
    if "console" in ports:
        lines.append(f"Open      {run_env['CONSOLE_URL']}/")
    if key := run_env.get("KEY_DESK"):
        lines += [f"Key       {key}   (a desk of {run_env.get('AUTHORITY', 'the first sample authority')})"]
        lines += [f'Try       curl -H "Authorization: Bearer {key}" {run_env["REQUESTS_URL"]}/v1/me']
    lines += [f"Details   {shown(folder / 'run.env')} (addresses, databases, keys), {shown(folder / 'logs')}/ (one file a process)", f"Stop      {stop}", ""]
    return lines
