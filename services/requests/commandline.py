"""The tools of `python -m services.requests`, each a function of its arguments and the settings."""

import argparse
import json
import sys
from collections.abc import Sequence
from uuid import UUID, uuid4

from services.requests.assembly import make_shell
from services.requests.directory.commands import DirectoryRefusal, Order, issue_key, register_authority
from services.requests.domain.moves.members import CODE
from services.requests.queries import maintenance
from services.requests.settings import Settings
from shared.calendars.zones import ZoneUnknown, zone, zone_of_state
from shared.facts.codes import Role
from shared.facts.identifiers import COMMANDS, caused
from shared.storage.event_log import verify_stream
from shared.storage.pool import connect


def create_key(argv: Sequence[str], settings: Settings) -> int:
    """An authority, unless it is there already, and a key of it; the key is printed, once."""
    parser = argparse.ArgumentParser(prog="python -m services.requests create-key")
    parser.add_argument("--authority", required=True, help="id of the authority")
    parser.add_argument("--state", help="its State (ISO 3166-1 alpha-2), for a new authority")
    parser.add_argument("--name", help="its name, for a new authority")
    parser.add_argument("--zone", help="its time zone; that of its State when not given")
    parser.add_argument("--kind", help="central, competent or provider")
    parser.add_argument("--member", action=argparse.BooleanOptionalAction, default=True, help="whether it acts for itself here")
    parser.add_argument("--role", choices=list(Role), default=str(Role.ADMINISTRATOR))
    parser.add_argument("--desk")
    parser.add_argument("--officer", type=_code, help="the one officer who holds it, by a reference as `assign` takes it: no name")
    parser.add_argument("--label", default="made on the command line")
    given = parser.parse_args(argv)
    shell = make_shell(settings, "requests-create-key")
    try:
        if shell.directory.authority(given.authority) is None:
            register_authority(shell, _order(given.authority, "register"), _described(given))
        if given.member:
            for_whom = {"role": given.role, "desk": given.desk, "label": given.label, "officer": given.officer}
            issued = issue_key(shell, _order(given.authority, str(uuid4())), given.authority, **for_whom)
            sys.stdout.write(issued.key + "\n")
    except (DirectoryRefusal, ZoneUnknown) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    finally:
        shell.pool.close()
    return 0


def _code(text: str) -> str:
    if not CODE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no reference of an officer: letters, digits and _ . : / - only, no name")
    return text


def _order(authority: str, what: str) -> Order:
    return Order(authority, caused(COMMANDS, "command line", authority, what), b"command line")


def _described(given: argparse.Namespace) -> dict[str, object]:
    if not given.state or not given.name:
        raise DirectoryRefusal("validation_failed", f"the directory does not know {given.authority}: name it with --state and --name")
    chosen = given.zone or zone_of_state(given.state)
    zone(chosen)
    return {
        "id": given.authority,
        "name": given.name,
        "state": given.state,
        "role": given.kind,
        "time_zone": chosen,
        "calendar": given.state,
        "member": given.member,
    }


def verify(argv: Sequence[str], settings: Settings) -> int:
    """Compute hash chains anew: of the streams named, or of all, which is noted. One JSON line for each that does not hold; 1 when there is one."""
    parser = argparse.ArgumentParser(prog="python -m services.requests verify")
    parser.add_argument("stream", nargs="*", type=UUID)
    named = parser.parse_args(argv).stream
    broken = checked = 0
    with connect(settings.database_url, "requests-verify") as conn:
        for stream in named or maintenance.all_streams(conn):
            found = verify_stream(conn, stream)
            checked += 1
            if not found.intact or (named and found.facts == 0):
                broken += 1
                sys.stdout.write(json.dumps({"stream": str(stream), "facts": found.facts, "broken_at": found.broken_at}) + "\n")
        if not named:
            maintenance.keep_chain_check(conn, checked, broken)
    sys.stdout.write(json.dumps({"checked": checked, "broken": broken}) + "\n")
    return 1 if broken else 0


def rebuild(argv: Sequence[str], settings: Settings) -> int:
    """Empty the rows and the position of their projection: a running projector begins anew. Lists are short until it has caught up."""
    with connect(settings.database_url, "requests-rebuild") as conn, conn.transaction():
        maintenance.begin_anew(conn, "request_rows")
    return 0
