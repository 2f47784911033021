"""One process put together from its settings."""

from functools import cache
from pathlib import Path

from services.requests.clockwork import Clockwork
from services.requests.queries.directory import authority_with_memberships
from services.requests.settings import Settings
from services.requests.shell import KnownAuthorities, Shell
from services.requests.streams import Streams
from services.requests.vault.texts import Sealer
from shared.calendars.national import Calendars
from shared.facts.instruments import Instruments
from shared.instruments import load
from shared.storage.directory import DirectoryReader
from shared.storage.pool import open_pool

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
STATEMENT_SECONDS = 10.0


@cache
def law() -> Instruments:
    """The instruments of the data folder, read once a process."""
    return load(DATA)


def clockwork_with(directory: DirectoryReader) -> Clockwork:
    """The law at work: our instruments, the calendars with those of the data folder before them, and the directory."""
    return Clockwork(law(), Calendars.with_files(DATA / "calendars"), KnownAuthorities(directory))


def make_shell(settings: Settings, name: str = "requests") -> Shell:
    """The outer ring of a process. Call it after a fork, never before."""
    pool = open_pool(settings.database_url, name=name, max_size=settings.pool_size, statement_seconds=STATEMENT_SECONDS)
    directory = DirectoryReader(pool, settings.api_key_secret, kept=not settings.sandbox, read=authority_with_memberships)
    return Shell(
        pool=pool,
        streams=Streams(),
        sealer=Sealer(settings.text_wrapping_key),
        directory=directory,
        instruments=law(),
        clockwork=clockwork_with(directory),
        api_key_secret=settings.api_key_secret,
        cursor_secret=settings.cursor_secret,
        sandbox=settings.sandbox,
        owner_url=settings.database_owner_url,
    )
