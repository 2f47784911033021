"""`python -m deploy.local.sample_data`: authorities, keys and the sample are there. Run again, it adds nothing."""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from deploy.local.progress import say
from deploy.local.sample_data import keys as directory
from deploy.local.sample_data import today
from deploy.local.sample_data.client import Api, Unexpected
from deploy.local.sample_data.course import Course
from deploy.local.sample_data.courses import courses
from deploy.local.sample_data.keys import KeyNotMade
from deploy.local.sample_data.loader import Loader, read_laws
from deploy.local.sample_data.playing import Player, TestClock, turns
from deploy.local.sample_data.shape import places, shares
from deploy.local.sample_data.volumes import read_volumes
from deploy.local.state import SAMPLE_FILE, write_private

SEED, COUNT = 2026, 400
NEEDED = ("RUN_DIR", "REQUESTS_URL")


@dataclass(frozen=True, slots=True)
class Sample:
    """Which sample it is. The same three give the same sample."""

    end: str
    seed: int
    count: int
    label: str


def made(sample: Sample, described: Sequence[Mapping[str, Any]]) -> list[Course]:
    """The courses of *sample*."""
    volumes = read_volumes()
    central = {each["state"]: each["id"] for each in described if each["role"] == "central"}
    chosen = places(volumes, sample.count, Random(f"{sample.seed} places"))
    return courses(chosen, central, described[0]["id"], datetime.fromisoformat(sample.end), sample.seed, shares(volumes))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the sample of this copy is: whether every request is there, and whether the mails of the first day were caused."""

    done: bool = False
    followed: bool = False


def remembered(run_dir: Path, given: argparse.Namespace) -> tuple[Sample, Progress]:
    """The sample of this copy, and how far it is. What was begun is finished with the end date that it was begun with."""
    path = run_dir / SAMPLE_FILE
    if path.exists():
        told = json.loads(path.read_text())
        return Sample(told["end"], told["seed"], told["count"], told["label"]), Progress(told["done"], told.get("followed", False))
    end = given.end or datetime.now(UTC).replace(second=0, microsecond=0)
    return Sample(end.isoformat(), given.seed, given.count, today.new_label()), Progress()


def remember(run_dir: Path, sample: Sample, progress: Progress) -> None:
    """Note which sample was begun, and how far it is."""
    write_private(run_dir / SAMPLE_FILE, json.dumps({**asdict(sample), **asdict(progress)}, indent=1))


def play(env: Mapping[str, str], given: argparse.Namespace) -> int:
    """Authorities, keys and every request are there, each fact recorded at the moment at which it happened. Nothing else runs yet."""
    begun = time.monotonic()
    run_dir, url = Path(env["RUN_DIR"]), env["REQUESTS_URL"]
    described = directory.authorities()
    sample, progress = remembered(run_dir, given)
    if progress.done:
        return 0
    wanted = made(sample, described)
    clock = TestClock(env["DATABASE_URL"])
    if clock.stands() is None:
        clock.start(min(course.began for course in wanted) - timedelta(days=1))
    remember(run_dir, sample, progress)
    known = directory.prepare(url, run_dir, described)
    loader = Loader(_desks(url, known), read_laws(Api(url, known["KEY_DESK"]), wanted), sample.label, say)
    Player(loader, Api(url, known["KEY_ADMIN"]), say).play(wanted, turns(wanted, loader.apis))
    clock.end()
    remember(run_dir, sample, Progress(done=True))
    say(f"{loader.added} requests of two years, played in {time.monotonic() - begun:.0f} s")
    return 0


def _desks(url: str, known: Mapping[str, str]) -> dict[str, Api]:
    return {known["AUTHORITY"]: Api(url, known["KEY_DESK"]), known["AUTHORITY_OTHER"]: Api(url, known["KEY_DESK_OTHER"])}


def load(env: Mapping[str, str], given: argparse.Namespace) -> int:
    """Everything that is wanted is there."""
    begun = time.monotonic()
    run_dir, url = Path(env["RUN_DIR"]), env["REQUESTS_URL"]
    described = directory.authorities()
    known = directory.prepare(url, run_dir, described)
    if env.get("SAMPLE") == "none":
        say("authorities and keys only")
        return 0
    sample, progress = remembered(run_dir, given)
    if progress.followed:
        say(f"{sample.count} requests are there since an earlier start")
        return 0
    apis = _desks(url, known)
    remember(run_dir, sample, progress)
    wanted = made(sample, described)
    loader = Loader(apis, read_laws(next(iter(apis.values())), wanted), sample.label, say)
    if not progress.done:
        loader.load(wanted)
        remember(run_dir, sample, Progress(done=True))
        say(f"{loader.added} requests added, sample data of two years, in {time.monotonic() - begun:.0f} s")
    follow_up(env, known, apis, loader)
    remember(run_dir, sample, Progress(done=True, followed=True))
    return 0


def follow_up(env: Mapping[str, str], known: Mapping[str, str], apis: Mapping[str, Api], loader: Loader) -> None:
    """Mails of the day of loading."""
    if not env.get("NOTIFICATIONS_URL"):
        return
    first, other = known["AUTHORITY"], known["AUTHORITY_OTHER"]
    try:
        today.subscribe(Api(env["NOTIFICATIONS_URL"], known["KEY_INTEGRATOR"]), f"desk-2@{first}.example")
    except (Unexpected, OSError) as refusal:
        say(f"no mail subscription: {refusal}")
    today.send_new(apis[first], apis[other], other, loader.laws["EU-EIO"], loader.label)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(prog="python -m deploy.local.sample_data", description=__doc__)
    command.add_argument("--end", type=_moment, help="the sample ends here (default: now)")
    command.add_argument("--seed", type=int, default=SEED)
    command.add_argument("--count", type=int, default=COUNT)
    command.add_argument("--play", action="store_true", help="play it under the test clock, before the services start on the real one")
    return command


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code; what goes wrong is told in one sentence."""
    given = parser().parse_args(arguments)
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        print(f"sample data: {', '.join(missing)} not set", file=sys.stderr)
        return 2
    try:
        return play(os.environ, given) if given.play else load(os.environ, given)
    except (Unexpected, KeyNotMade, OSError) as error:
        print(f"sample data: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
