"""The whole system on one machine, from nothing to running, in order; and its end."""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from deploy.local import processes as table
from deploy.local.child import Child
from deploy.local.databases import SERVICES, make_all
from deploy.local.errors import BringUpError
from deploy.local.guarding import Guard
from deploy.local.health import ask, is_alive, is_ready
from deploy.local.home import Home
from deploy.local.kafka import KafkaBroker
from deploy.local.places import is_free
from deploy.local.postgres import PostgresServer
from deploy.local.processes import Process
from deploy.local.progress import say, step
from deploy.local.settings import Settings
from deploy.local.state import RUNNING, STARTING, clear_state, read_env, sample_is_there, write_env, write_state
from deploy.local.stopping import StopWish
from deploy.local.supervisor import Watched, keep_running, stop_all
from deploy.local.surroundings import Surroundings

MIGRATION_SECONDS, TOPICS_SECONDS, ALIVE_SECONDS, READY_SECONDS, SAMPLE_SECONDS = 180, 120, 120, 20, 900
POLL_SECONDS = 0.1
PORT_PATIENCE_SECONDS = 20
PROCESS_GRACE_SECONDS = 15


class System:
    """One running copy. `up`, then `keep`, and `down` whatever happened."""

    def __init__(self, settings: Settings, chosen: tuple[Process, ...], wish: StopWish) -> None:
        self.settings, self.chosen, self.wish = settings, chosen, wish
        self.home = Home(settings.run_dir)
        self.around = Surroundings(settings, self.home)
        self.postgres: PostgresServer | None = None
        self.kafka: KafkaBroker | None = None
        self.children: dict[str, Child] = {}
        self.watched: list[Watched] = []
        self.phase = STARTING
        self.guard: Guard | None = None

    @property
    def services(self) -> tuple[str, ...]:
        """Services of which a process runs here."""
        return tuple(service for service in SERVICES if any(process.service == service for process in self.chosen))

    def up(self) -> None:
        """Everything runs; raises when a step fails."""
        self.home.take()
        self.home.keep_kind(self.settings.kind)
        self.guard = Guard()
        self._require_ports()
        self.note()
        self._start_servers()
        self._migrate()
        self._play_sample()
        self._launch(kafka=False)  # while Kafka is still starting
        declaring = self._declaring_topics()
        self._wait_for_kafka()
        if declaring:
            with step("Topics"):
                finish_all(declaring, TOPICS_SECONDS)
        self._launch(kafka=True)
        self._wait_for_processes()
        self._load_sample()
        write_env(self.run_env, {**self.around.run_env(), **read_env(self.home.folder / "keys.env")})
        self.phase = RUNNING
        self.note()

    @property
    def run_env(self) -> Path:
        """The file in which the running copy describes itself."""
        return self.home.folder / "run.env"

    def keep(self) -> None:
        """Keep everything running until somebody asks to stop."""
        servers = [server.child for server in (self.postgres, self.kafka) if server]
        self.watched = [Watched(child) for child in [*servers, *self.children.values()]]
        keep_running(self.watched, self.wish, self.note)

    def down(self, *, tell: bool = True) -> None:
        """Everything this copy started has ended, and the folder is free for others."""
        begun = time.monotonic()
        if self.home.is_held:
            told = step if tell else nullcontext
            with told("Processes stopped"):
                stop_all(list(reversed(self.children.values())))
            with told("Kafka and PostgreSQL stopped"):
                stop_all([server.child for server in (self.kafka, self.postgres) if server])
            if self.guard:
                self.guard.close()
            self.run_env.unlink(missing_ok=True)
            clear_state(self.home.folder)
            self.home.release()
            if tell:
                say(f"All stopped in {time.monotonic() - begun:.1f} s; the data stay in {self.home.folder}.")

    def note(self) -> None:
        """Write down what runs, for `status`."""
        restarts = {each.child.name: each.restarts for each in self.watched}
        ports = {process.name: self.around.port(process.offset) for process in self.chosen}
        servers = [server.child for server in (self.postgres, self.kafka) if server]
        ports |= {"postgres": self.around.port(table.POSTGRES), "kafka": self.around.port(table.KAFKA)}
        rows: dict[str, dict[str, Any]] = {}
        for child in [*servers, *self.children.values()]:
            if child.process is not None:
                rows[child.name] = {"pid": child.pid, "port": ports[child.name], "restarts": restarts.get(child.name, 0), "log": str(child.log)}
        write_state(self.home.folder, self.phase, rows)

    def _require_ports(self) -> None:
        """Every port is free. What a killed copy left behind is given time to end."""
        deadline = time.monotonic() + (PORT_PATIENCE_SECONDS if self.home.was_left_in_disorder else 0)
        ports = self.around.ports(self.chosen)
        while busy := {port: name for port, name in ports.items() if not is_free(port)}:
            self.wish.check()
            if time.monotonic() > deadline:
                named = ", ".join(f"{port} ({name})" for port, name in busy.items())
                raise BringUpError(
                    f"In use by another program: port {named}; end it, or choose other ports, for example `PORT_BASE={self.settings.port_base + 100} make run`."
                )
            self.wish.wait(POLL_SECONDS)

    def _start_servers(self) -> None:
        folder, logs = self.home.folder, self.home.logs
        self.kafka = KafkaBroker(folder, self.around.port(table.KAFKA), self.around.port(table.KAFKA_CONTROLLER), logs, self.wish)
        self.postgres = PostgresServer(folder, self.around.port(table.POSTGRES), self.home.superuser_password, logs, self.wish)
        self.kafka.child.guard = self.postgres.child.guard = self.guard
        with step("PostgreSQL and Kafka started"):
            self.kafka.launch()  # first: it takes longest, and the next steps don't need it yet
            self.postgres.launch()
        with step("PostgreSQL, its databases and roles"):
            self.postgres.wait()
            make_all(self.postgres.dsn(), self.home.passwords)

    def _wait_for_kafka(self) -> None:
        assert self.kafka is not None
        with step("Kafka"):
            self.kafka.wait()

    def once(self, name: str, module: Sequence[str], env: dict[str, str]) -> Child:
        """Start a command that has an end of its own."""
        log = self.home.logs / f"{name}.log"
        child = Child(name, [sys.executable, "-m", *module], log, env, inherits=False, death_signal=signal.SIGKILL, stopping=self.wish, guard=self.guard)
        child.start()
        return child

    def _migrate(self) -> None:
        if not self.services:
            return
        with step("Tables"):
            migrations = [self.once(f"{service}-migrate", [f"services.{service}", "migrate"], self.around.migration_env(service)) for service in self.services]
            finish_all(migrations, MIGRATION_SECONDS)

    def _declaring_topics(self) -> list[Child]:
        """What declares the topics: it waits for Kafka itself."""
        env = self.around.base_env() | {"KAFKA_BOOTSTRAP": self.around.kafka}
        return [self.once("declare-topics", ["shared.messaging", "declare-topics"], env)] if self.services else []

    def _play_sample(self) -> None:
        """Once in a copy's life, before anything else runs: the interface alone, on the test clock."""
        interface = next((process for process in self.chosen if process.name == "requests-api"), None)
        if interface is None or self.settings.sample == "none" or self.settings.sandbox or sample_is_there(self.home.folder):
            return
        with step("Sample data, played under the test clock"):
            child = self._child(interface, f"{interface.name}-sample", self.around.env(interface) | self.around.sandbox_env("requests"))
            self.children[child.name] = child  # so that the end of the copy is its end too
            child.start()
            child.wait_until(self._asked(interface, is_alive), ALIVE_SECONDS)
            player = self.once("sample-play", ["deploy.local.sample_data", "--play"], self.around.sample_env())
            player.finish(SAMPLE_SECONDS, echo=lambda line: say(f"    {line}"))
            stop_all([self.children.pop(child.name)])

    def _child(self, process: Process, name: str, env: dict[str, str]) -> Child:
        return Child(
            name,
            self.around.command(process),
            self.home.logs / f"{name}.log",
            env,
            grace_seconds=PROCESS_GRACE_SECONDS,
            inherits=False,
            death_signal=signal.SIGKILL,  # they lose nothing by it, and a hanging one would outlive the supervisor
            stopping=self.wish,
            guard=self.guard,
        )

    def _launch(self, *, kafka: bool) -> None:
        """Start the processes that need Kafka, or those that do not; nobody waits for them yet."""
        for process in self.chosen:
            if process.kafka is kafka:
                self.children[process.name] = child = self._child(process, process.name, self.around.env(process))
                child.start()

    def _wait_for_processes(self) -> None:
        with step(f"{len(self.chosen)} processes"):
            for process in self.chosen:
                self.children[process.name].wait_until(self._asked(process, is_alive), ALIVE_SECONDS)
        self.note()
        self._wait_for_readiness()

    def _asked(self, process: Process, question: Callable[[str], bool]) -> Callable[[], bool]:
        return lambda: question(self.around.url(process.offset))

    def _wait_for_readiness(self) -> None:
        """Give every process time to say it is ready. One that is not holds nobody up: it may wait for a person (a parked stream)."""
        deadline = time.monotonic() + READY_SECONDS
        waiting = list(self.chosen)
        while waiting and time.monotonic() < deadline:
            self.wish.check()
            waiting = [process for process in waiting if not is_ready(self.around.url(process.offset))]
            if waiting:
                self.wish.wait(POLL_SECONDS)
        for process in waiting:
            status, answer = ask(self.around.url(process.offset), "/readyz")
            say(f"  {process.name} runs but does not call itself ready ({status}: {answer.strip()})")

    def _load_sample(self) -> None:
        if not {"requests-api", "requests-relay"} <= self.children.keys():
            return
        with step("Sample data" if self.settings.sample != "none" else "Keys"):
            loader = self.once("sample-data", ["deploy.local.sample_data"], self.around.sample_env())
            loader.finish(SAMPLE_SECONDS, echo=lambda line: say(f"    {line}"))


def finish_all(children: Sequence[Child], seconds: float) -> None:
    """Wait for every child's end; when one fails, end the others."""
    try:
        for child in children:
            child.finish(seconds)
    finally:
        for child in children:
            child.kill()
