"""Streams whose clocks are derived again: nothing is lacking while nothing but today's directory has changed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from psycopg import Connection

from services.requests.directory.commands import Order, amend_authority
from services.requests.settling import lacking
from shared.storage.clock import machine_now
from shared.storage.directory import stream_of
from shared.storage.event_log import stream_version
from tests.services.requests.calling import E, R, Service


def test_clocks_of_an_authority_that_left_the_network_lack_nothing(service: Service, conn: Connection[Any]) -> None:
    """D-39: it was a member when the order reached it, and a restart of this process knows that."""
    requesting, requested = service.person(R), service.person(E)
    made = requesting.sends(kind="eio", instrument="EU-EIO", measures=["bank_records"])
    requested.moves("acknowledge", made)
    assert requested.get(f"/v1/requests/{made.id}")["clocks"]

    amend_authority(service.shell, Order("test", uuid4(), b"test"), E, {"member": False}, stream_version(conn, stream_of(E)))
    service.shell.directory.forget()
    service.shell.streams.forget()

    assert service.shell.directory.authority(E).member is False  # type: ignore[union-attr]  # it is there
    assert list(lacking(service.shell, conn, machine_now())) == []
