"""Facts, command, timers and keys are written together or not at all, wherever the writer or the server's process dies."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection

from shared.storage.event_log import Due, TextKey, find_command, verify_stream
from shared.storage.pool import connect
from tests.chaos.processes import process, write
from tests.fixtures.log import NOON, LogDatabase, holes, put
from tests.waiting import until

KILLS = 5


def unequal(conn: Connection[Any]) -> list[Any]:
    """Streams whose facts, commands, timers and keys do not tell the same story (the writer sets a timer and a key with every odd command)."""
    return conn.execute(
        """
        SELECT stream, facts, told, commands, timers, keys
          FROM (SELECT stream, count(*) AS facts FROM event GROUP BY stream) e
          FULL JOIN (SELECT stream, sum(last_version - first_version + 1) AS told, count(*) AS commands FROM command_log GROUP BY stream) c USING (stream)
          FULL JOIN (SELECT stream, count(*) AS timers FROM timer GROUP BY stream) t USING (stream)
          FULL JOIN (SELECT stream, count(*) AS keys FROM text_key GROUP BY stream) k USING (stream)
         WHERE facts IS DISTINCT FROM told OR timers IS DISTINCT FROM keys OR timers IS DISTINCT FROM (commands + 1) / 2
        """
    ).fetchall()


@pytest.mark.parametrize("table", ["command_log", "event", "timer", "text_key"])
@pytest.mark.parametrize("moment", ["BEFORE", "AFTER"])
def test_a_server_process_that_dies_between_two_writes_leaves_nothing(log_database: LogDatabase, log_conn: Connection[Any], table: str, moment: str) -> None:
    """OUT-01: at every place where append writes, before and after."""
    with connect(log_database.owner, "owner") as owner:
        owner.execute("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'")
        owner.execute(f"CREATE TRIGGER die {moment} INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION die()")
    stream, command = uuid4(), uuid4()

    with connect(log_database.app, "victim") as victim, pytest.raises(psycopg.OperationalError):
        put(victim, stream, 0, 2, command=command, due=(Due("lapse", NOON),), text_keys=(TextKey(uuid4(), b"key"),))

    for name in ("event", "command_log", "timer", "text_key"):
        assert log_conn.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,), name


def test_killed_writers_leave_every_command_whole_or_absent(log_database: LogDatabase, log_conn: Connection[Any], tmp_path: Path) -> None:
    """OUT-01: kill -9 at any moment; what was answered is there, what was not is whole or absent, and counts are equal."""
    ledger = tmp_path / "ledger"
    ledger.touch()
    for number in range(KILLS):
        before = len(ledger.read_text().splitlines())
        with process(write, log_database.app, ledger) as writer:
            until(lambda before=before, number=number: len(ledger.read_text().splitlines()) > before + 7 + 3 * number, 15)  # type: ignore[misc]  # bound at once
            writer.kill()

    answered = {UUID(line.removeprefix("ok ")) for line in ledger.read_text().splitlines() if line.startswith("ok ") and len(line) == 39}
    assert len(answered) > KILLS
    assert all(find_command(log_conn, command) for command in answered)
    assert holes(log_conn) == []
    assert unequal(log_conn) == []
    for (stream,) in log_conn.execute("SELECT DISTINCT stream FROM event").fetchall():
        assert verify_stream(log_conn, stream).intact
