"""PostgreSQL and Kafka as the tests use them."""

from collections.abc import Callable

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from kafka.structs import TopicPartition

from deploy.local.databases import ROLES, SERVICES
from deploy.local.kafka import KafkaBroker
from deploy.local.postgres import PostgresServer
from deploy.local.private_pair import run_command
from deploy.local.stopping import StopWish

ServiceDsn = Callable[[str, str], str]


def test_a_killed_postgres_keeps_what_was_committed(own_postgres: Callable[[], PostgresServer]) -> None:
    server = own_postgres()
    with psycopg.connect(server.dsn()) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 7 AS number")

    server.kill()
    server.start()

    with psycopg.connect(server.dsn()) as conn:
        assert conn.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_killed_broker_keeps_what_was_acknowledged(own_broker: Callable[[], KafkaBroker]) -> None:
    broker = own_broker()
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    producer.send("kept", b"seven").get(timeout=30)
    producer.close()

    broker.kill()
    broker.start()

    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, enable_auto_commit=False)
    consumer.assign([TopicPartition("kept", 0)])
    consumer.seek(TopicPartition("kept", 0), 0)
    read = consumer.poll(timeout_ms=30_000)
    consumer.close(autocommit=False)
    assert [record.value for records in read.values() for record in records] == [b"seven"]


@pytest.mark.parametrize("service", SERVICES)
def test_no_role_of_one_service_enters_the_database_of_another(service: str, service_dsn: ServiceDsn) -> None:
    for other in set(SERVICES) - {service}:
        for role in ROLES:
            dsn = service_dsn(service, role).removesuffix(service) + other

            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(dsn)


def test_a_reader_writes_nothing(service_dsn: ServiceDsn) -> None:
    with psycopg.connect(service_dsn("requests", "reader")) as conn, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        conn.execute("CREATE TABLE never (number integer)")


def test_a_transaction_of_a_process_ends_within_a_minute(service_dsn: ServiceDsn) -> None:
    with psycopg.connect(service_dsn("metrics", "app")) as conn:
        assert conn.execute("SHOW transaction_timeout").fetchone() == ("1min",)
        assert conn.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("10s",)


@pytest.mark.parametrize("code", [0, 3])
def test_exec_returns_the_exit_code_of_its_command(code: int) -> None:
    assert run_command(["sh", "-c", f"exit {code}"], {}, StopWish()) == code
