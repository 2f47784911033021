"""`python -m services.requests import FILE`: a register from the command line."""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO

from services.requests.assembly import make_shell
from services.requests.exchange.columns import COLUMNS, template
from services.requests.exchange.faults import UnreadableRegister
from services.requests.exchange.loading import load_rows, setting_of
from services.requests.exchange.mapping import ColumnMapping, read_mapping
from services.requests.exchange.reading import open_register
from services.requests.exchange.report import Outcome, Report, RowResult, write_results
from services.requests.settings import Settings
from services.requests.shell import Shell
from shared.facts.codes import Role
from shared.settings.environment import SettingsError
from shared.storage.directory import Caller
from shared.telemetry.logging import configure_logging

REFUSED_SHOWN = 20
PROGRESS_SECONDS = 2.0
TAKEN, SOME_REFUSED, UNREADABLE = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="python -m services.requests import", description="Load a register from CSV or XLSX; docs/import.md has the columns."
    )
    command.add_argument("file", nargs="?", type=Path)
    command.add_argument("--authority", help="id of the authority whose register it is")
    command.add_argument("--mapping", type=Path, help="a YAML file that says what the columns of another spreadsheet mean")
    command.add_argument("--dry-run", action="store_true", help="say what would become of each row; store nothing")
    command.add_argument("--desk", help="the desk that answers for the requests")
    command.add_argument("--results", type=Path, help="write what became of each row to this CSV file")
    command.add_argument("--template", action="store_true", help="print the heading line of an empty register")
    command.add_argument("--columns", action="store_true", help="print every column and what it says")
    return command


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Exit code: 0 all taken or doubled, 1 some rows refused, 2 the file cannot be used. Columns and template need no database."""
    command = parser()
    given = command.parse_args(argv)
    if given.template or given.columns:
        sys.stdout.write(template() if given.template else "".join(f"{each.name:<24} {each.type:<28} {each.about}\n" for each in COLUMNS))
        return TAKEN
    if given.file is None or given.authority is None:
        command.error("FILE and --authority are needed")
    try:
        settings = Settings.from_env(env)
    except SettingsError as refusal:
        _say(str(refusal), sys.stderr)
        return UNREADABLE
    configure_logging("requests", settings.log_level.upper())
    shell = make_shell(settings, "requests-import")
    try:
        return load(shell, given)
    except (UnreadableRegister, LookupError, OSError) as refusal:
        for fault in getattr(refusal, "faults", [str(refusal)]):
            _say(f"import: {fault}", sys.stderr)
        return UNREADABLE
    finally:
        shell.pool.close()


def load(shell: Shell, given: argparse.Namespace) -> int:
    """Load the register that the command line names."""
    mapping = read_mapping(given.mapping.read_bytes()) if given.mapping else ColumnMapping()
    caller = Caller("import", given.authority, Role.SUPERVISOR, given.desk)
    report = Report(given.dry_run)
    with ExitStack() as ends:
        register = ends.enter_context(open_register(given.file, mapping))
        if register.unused:
            _say(f"not used: {', '.join(register.unused)}")
        results = report.note(load_rows(shell, caller, register.rows, mapping, setting_of(shell, given.authority), dry_run=given.dry_run))
        if given.results:
            results = write_results(results, ends.enter_context(given.results.open("w", encoding="utf-8-sig", newline="")))
        _tell(_with_progress(results, report))
    _say("\n".join(report.sentences()))
    return SOME_REFUSED if report.outcomes[Outcome.REFUSED] else TAKEN


def _tell(results: Iterable[RowResult]) -> None:
    refused = (result for result in results if result.outcome is Outcome.REFUSED)
    for result in islice(refused, REFUSED_SHOWN):
        for fault in result.faults:
            _say(f"row {result.row} ({result.reference or 'no reference'}): {fault.column}: {fault.detail} [{fault.code}]")
    further = sum(1 for _ in refused)
    if further:
        _say(f"… and {further} further rows refused; --results FILE lists them all")


def _with_progress(results: Iterable[RowResult], report: Report) -> Iterator[RowResult]:
    told = time.monotonic()
    for result in results:
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            _say(f"  {report.rows} rows …", sys.stderr)
        yield result


def _say(line: str, to: IO[str] | None = None) -> None:
    stream = to or sys.stdout
    stream.write(line + "\n")
    stream.flush()
