"""Migrations: once, in order, whole or not at all."""

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from deploy.local.databases import make_database
from shared.storage.errors import MigrationChanged
from shared.storage.migrate import database_is_current, migrate, migrations
from shared.storage.pool import connect
from tests.fixtures.postgres import role_dsn
from tests.fixtures.shelf import drop_database


@pytest.fixture
def empty_database(pg_admin_dsn: str) -> Iterator[str]:
    """Owner's address of a database without tables."""
    name = f"scratch_{uuid4().hex[:8]}"
    with psycopg.connect(pg_admin_dsn, autocommit=True) as conn:
        make_database(conn, "requests", name)
    yield role_dsn("requests", "owner", name)
    drop_database(pg_admin_dsn, name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_clock.pre.sql").write_text(
        "-- include: shared/storage/sql/clock.sql\nCREATE TABLE kept (number int);\nGRANT SELECT ON kept TO :reader_role;\n"
    )
    (tmp_path / "0002_more.post.sql").write_text("INSERT INTO kept VALUES (1), ('2'::int);\n")
    return tmp_path


def kept(dsn: str) -> int:
    with connect(dsn, "test") as conn:
        row = conn.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def test_each_migration_is_carried_out_once(empty_database: str, folder: Path) -> None:
    assert migrate(empty_database, folder, "requests", "pre") == 1
    assert migrate(empty_database, folder, "requests") == 1
    assert migrate(empty_database, folder, "requests") == 0

    assert kept(empty_database) == 2


def test_two_at_once_do_it_one_after_the_other(empty_database: str, folder: Path) -> None:
    counts: list[int] = []
    both = [threading.Thread(target=lambda: counts.append(migrate(empty_database, folder, "requests"))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(counts) == [0, 2]
    assert kept(empty_database) == 2


def test_a_migration_that_fails_leaves_nothing_and_can_be_run_again(empty_database: str, folder: Path) -> None:
    (folder / "0002_more.post.sql").write_text("INSERT INTO kept VALUES (1);\nSELECT 1 / 0;\n")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database, folder, "requests")
    assert kept(empty_database) == 0

    (folder / "0002_more.post.sql").write_text("INSERT INTO kept VALUES (1);\n")
    assert migrate(empty_database, folder, "requests") == 1


def test_a_migration_that_changed_afterwards_is_told(empty_database: str, folder: Path) -> None:
    migrate(empty_database, folder, "requests")
    (folder / "0001_clock.pre.sql").write_text("SELECT 1;\n")

    with pytest.raises(MigrationChanged, match="0001_clock"):
        migrate(empty_database, folder, "requests")


def test_a_process_can_ask_whether_its_database_is_current(empty_database: str, folder: Path) -> None:
    with connect(empty_database, "test") as conn:
        assert not database_is_current(conn, folder)
        migrate(empty_database, folder, "requests")
        assert database_is_current(conn, folder)


@pytest.mark.parametrize("name", ["1_x.pre.sql", "0003_x.sql", "0003_X.pre.sql", "0002_again.pre.sql"])
def test_a_file_with_another_kind_of_name_or_a_number_twice_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("SELECT 1;")

    with pytest.raises(ValueError, match=r"NNNN_name|twice"):
        migrations(folder)
