"""Is anybody there? Asked before a client is made: a client that finds nobody leaves its sockets behind."""

import socket

from kafka.errors import BrokerNotAvailableError

CONNECT_SECONDS = 1.0


def require_broker(bootstrap: str) -> None:
    """Return when one of the addresses in *bootstrap* ("host:port,host:port") takes connections.

    Raises:
        BrokerNotAvailableError: none does.
    """
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()
        except OSError:
            continue
        return
    raise BrokerNotAvailableError(f"nobody listens at {bootstrap}")
