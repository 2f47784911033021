"""`make bench`, or `python -m deploy.local.stack exec -- python -m benchmarks`."""

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence

from benchmarks import clocks, figures, following, interface, ladder, log, place
from benchmarks.client import CallFailed, Measured
from benchmarks.place import Place, ServersMissing
from benchmarks.report import Board
from shared.storage.combiner import Combiner
from shared.storage.pool import open_pool

PARTS = ("log", "http", "projection", "clocks", "ladder", "figures")


def say(text: str) -> None:
    """Tell what is going on, beside the table."""
    print(text, file=sys.stderr, flush=True)


def over_http(where: Place, board: Board, rounds: int, seconds: float) -> None:
    """Commands and reads, in turns with their floors."""
    key = interface.keys(where)
    with where.server("services.requests.api.wsgi:app") as port, where.server("benchmarks.floor_app:app") as floor_port:
        say("preparing requests")
        both = interface.ready(port, floor_port, key)
        turns = {
            "bare Flask + INSERT": both.floor_commands,
            "commands over HTTP": both.commands,
            "bare Flask + SELECT": both.floor_reads,
            "reads over HTTP": both.reads,
            "moves without clocks": both.clockless_moves,
            "moves with clocks": both.clocked_moves,
        }
        for turn in turns.values():
            turn(min(seconds, 1.0))
        for number in range(1, rounds + 1):
            say(f"HTTP, round {number} of {rounds}")
            for name, turn in turns.items():
                measured: Measured = turn(seconds)
                board.note(name, measured.per_second, measured.percentile_ms(0.99))


def in_log(where: Place, board: Board, rounds: int, seconds: float) -> None:
    """Appends, in turns with raw INSERTs."""
    pool = open_pool(where.app_dsn, name="bench", max_size=log.WRITERS)
    combiner = Combiner(pool)
    for number in range(rounds + 1):
        say(f"log, round {number} of {rounds}" if number else "log, warming up")
        length = seconds if number else 0.5
        rates = {f"raw INSERT, {writers} writer{'s' * (writers > 1)}": log.raw(pool, writers, length) for writers in (1, log.WRITERS)}
        rates |= {f"append, {writers} writer{'s' * (writers > 1)}": log.appended(pool, writers, length) for writers in (1, log.WRITERS)}
        rates[f"combined append, {log.WRITERS} writers"] = log.combined(combiner, log.WRITERS, length)
        for name, rate in rates.items() if number else ():
            board.note(name, rate)
    combiner.close()
    pool.close()


def over_kafka(where: Place, board: Board, rounds: int) -> None:
    """The projection, in turns with a bare consumer."""
    where.run("shared.messaging", "declare-topics")
    following.require_empty(where)
    following.fill(where)
    total = following.carry_to_kafka(where)
    for number in range(1, rounds + 1):
        say(f"projection of {total} facts, round {number} of {rounds}")
        board.note("bare consumer", following.consumed(where, total))
        board.note("live projection", following.projected(where, total))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    command.add_argument("--rounds", type=int, default=5)
    command.add_argument("--seconds", type=float, default=3.0, help="of each measurement in each round")
    command.add_argument("--only", choices=PARTS, action="append", help="this part only; projection needs http before it")
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code; 2 when there is nothing to measure against."""
    given = parser().parse_args(arguments)
    parts = given.only or PARTS
    board, begun = Board(), time.monotonic()
    try:
        if "log" in parts:
            in_log(place.make(f"bench_log_{os.getpid()}"), board, given.rounds, given.seconds)
        if "http" in parts:
            served = place.make(f"bench_http_{os.getpid()}")
            over_http(served, board, given.rounds, given.seconds)
            if "projection" in parts:
                over_kafka(served, board, given.rounds)
    except (ServersMissing, CallFailed, OSError) as fault:
        say(f"bench: {fault}")
        return 2
    print(
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; median of {given.rounds} interleaved rounds of {given.seconds:g} s"
    )
    if board.rates:
        print("\n".join(board.lines()))
    if "clocks" in parts:
        clocks.main()
    if "ladder" in parts:
        say("preparing a million open clocks")
        ladder.main()
    if "figures" in parts:
        say("preparing figures over many requests")
        figures.main()
    say(f"in {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
