"""What a process is told, and what a person may choose."""

from pathlib import Path

import pytest

from deploy.local.errors import BringUpError
from deploy.local.home import Home
from deploy.local.processes import PROCESSES, Process
from deploy.local.settings import Settings
from deploy.local.surroundings import Surroundings

OF_A_SERVICE = [process for process in PROCESSES if process.service]


def env_of(process: Process, folder: Path, **chosen: str) -> dict[str, str]:
    settings = Settings.from_env({"RUN_DIR": str(folder), **chosen})
    return Surroundings(settings, Home(folder)).env(process)


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_only_processes_that_follow_or_feed_kafka_know_where_it_is(process: Process, tmp_path: Path) -> None:
    assert ("KAFKA_BOOTSTRAP" in env_of(process, tmp_path)) == process.kafka
    assert not (process.web and process.kafka)


@pytest.mark.parametrize("process", OF_A_SERVICE, ids=lambda process: process.name)
def test_a_process_knows_its_own_database_by_the_role_that_can_change_no_table(process: Process, tmp_path: Path) -> None:
    env = env_of(process, tmp_path)

    assert env["DATABASE_URL"].startswith(f"postgresql://{process.service}_app:")
    assert env["DATABASE_URL"].endswith(f"/{process.service}")
    assert not {"DATABASE_OWNER_URL", "SANDBOX"} & set(env)


@pytest.mark.parametrize("process", OF_A_SERVICE, ids=lambda process: process.name)
def test_in_a_sandbox_a_process_may_empty_its_own_database(process: Process, tmp_path: Path) -> None:
    env = env_of(process, tmp_path, SANDBOX="1")

    assert env["SANDBOX"] == "1"
    assert env["DATABASE_OWNER_URL"].startswith(f"postgresql://{process.service}_owner:")


def test_what_the_person_has_exported_does_not_reach_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "elsewhere:1")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://elsewhere")

    for process in PROCESSES:
        assert "elsewhere" not in " ".join(env_of(process, tmp_path).values())


def test_no_two_ports_of_a_copy_are_the_same(tmp_path: Path) -> None:
    ports = Surroundings(Settings.from_env({"RUN_DIR": str(tmp_path)}), Home(tmp_path)).ports()

    assert len(ports) == len(PROCESSES) + len(["PostgreSQL", "Kafka", "controller", "SMTP"])


def test_data_of_a_sandbox_and_of_an_ordinary_copy_do_not_mix(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.keep_kind(Settings.from_env({"SANDBOX": "1"}).kind)

    with pytest.raises(BringUpError, match="started as a sandbox, not as an ordinary copy"):
        home.keep_kind(Settings.from_env({}).kind)


@pytest.mark.parametrize("within", ["", "deeper"])
def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path, within: str) -> None:
    (tmp_path / "file").write_text("")
    home = Home(tmp_path / "file" / within)

    assert home.holder() is None
    with pytest.raises(BringUpError, match="choose another RUN_DIR"):
        home.take()


def test_all_faults_of_the_choices_are_told_at_once() -> None:
    with pytest.raises(BringUpError, match=r"PORT_BASE .*'high'.*SAMPLE .*'some'.*SANDBOX .*'yes'"):
        Settings.from_env({"PORT_BASE": "high", "SAMPLE": "some", "SANDBOX": "yes"})
