"""Where a webhook may go: https, a usual port, no credentials, and public addresses only.

A name is resolved once; every address it has must be public, and the call goes to one of the addresses that were checked.
``ipaddress.is_global`` alone does not do: it takes addresses that embed others (NAT64, 6to4) and multicast for public ones.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str, int], Sequence[str]]

PORTS = frozenset({443, 8443})
LONGEST_URL = 2_000

NAT64 = IPv6Network("64:ff9b::/96")
SIX_TO_FOUR = IPv6Network("2002::/16")
COMPATIBLE = IPv6Network("::/96")

NEVER: tuple[Network, ...] = (
    IPv4Network("168.63.129.16/32"),  # a cloud's own machine agent, on an address that counts as public
    IPv4Network("192.0.0.0/24"),  # protocol assignments; Python knows only parts of it
    IPv4Network("192.88.99.0/24"),  # anycast of 6to4 relays
    IPv6Network("2001::/23"),  # protocol assignments; among them Teredo, which leads to an address behind somebody's router
    IPv6Network("64:ff9b:1::/48"),  # NAT64 with a local prefix
    IPv6Network("fec0::/10"),  # site-local
    IPv6Network("5f00::/16"),  # segment routing
    IPv6Network("3fff::/20"),  # documentation
)


class TargetNotAllowed(Exception):
    """The webhook may not go there. ``code`` is stable; the text is for the owner of the subscription."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL in parts, as the call needs them."""

    scheme: str
    host: str
    port: int
    path: str  # with its query

    @property
    def authority(self) -> str:
        """Return host and port as the Host header wants them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def resolve(host: str, port: int) -> Sequence[str]:
    """Return every address of *host*, in the resolver's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def parsed(url: str, *, private_allowed: bool = False) -> Target:
    """Return *url* in parts.

    Raises:
        TargetNotAllowed: not https, credentials in it, a port that is not usual, or no host; with *private_allowed* http and every port pass.
    """
    if len(url) > LONGEST_URL or any(ord(sign) <= 0x20 or ord(sign) >= 0x7F for sign in url):
        raise TargetNotAllowed("url_malformed", "the URL is too long or holds spaces, control or non-ASCII characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as fault:
        raise TargetNotAllowed("url_malformed", "the URL cannot be read") from fault
    if parts.scheme != "https" and not (private_allowed and parts.scheme == "http"):
        raise TargetNotAllowed("scheme_not_allowed", "the URL must begin with https://")
    if not host or "\\" in url or "%" in host:
        raise TargetNotAllowed("url_malformed", "the URL has no usable host")
    if parts.username is not None or parts.password is not None:
        raise TargetNotAllowed("credentials_in_url", "the URL must not hold credentials")
    if port == 0:
        raise TargetNotAllowed("port_not_allowed", "port 0 is not a port")
    actual = port or (443 if parts.scheme == "https" else 80)
    if not private_allowed and actual not in PORTS:
        raise TargetNotAllowed("port_not_allowed", f"port {actual} is not allowed; allowed are {', '.join(map(str, sorted(PORTS)))}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, actual, path)


def is_public(address: Address, own: Sequence[Network] = ()) -> bool:
    """Return whether *address* belongs to the public internet and not to *own* ranges; embedded addresses are judged themselves."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        embedded = embedded_address(address)
        if embedded is not None:
            return is_public(embedded, own)
    if any(address.version == network.version and address in network for network in (*NEVER, *own)):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_loopback or address.is_unspecified or address.is_link_local)


def embedded_address(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that *address* carries to a translator (mapped, compatible, NAT64, 6to4), else None."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in COMPATIBLE or address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in SIX_TO_FOUR:
        return address.sixtofour
    return None


def checked_addresses(target: Target, *, resolver: Resolver = resolve, private_allowed: bool = False, own: Sequence[Network] = ()) -> list[Address]:
    """Return the addresses of *target*, all of them checked; called at every attempt, and the call must go to one of them.

    Raises:
        TargetNotAllowed: the name has no address, or any of its addresses is not public.
    """
    try:
        addresses = [ip_address(text) for text in resolver(target.host, target.port)]
    except (OSError, UnicodeError, ValueError) as fault:
        raise TargetNotAllowed("name_not_found", f"the name {target.host} has no address") from fault
    if not addresses:
        raise TargetNotAllowed("name_not_found", f"the name {target.host} has no address")
    if not private_allowed and not all(is_public(address, own) for address in addresses):
        raise TargetNotAllowed("address_not_public", f"the name {target.host} leads to an address that is not public")
    return addresses


def networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a comma separated list, for the operator's own ranges.

    Raises:
        ValueError: one of them is not a network.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
