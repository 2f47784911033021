"""Where a webhook may not go: the corpus, as tables."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from services.notifications.channels.addresses import TargetNotAllowed, checked_addresses, is_public, networks, parsed, resolve

NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.1.2.3", "168.63.129.16",
    "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::7f00:1", "::10.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:0",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:53aa:64c::1",
    "2001:2::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:1::1", "2002:a9fe:a9fe::", "fc00::1", "fd00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "5f00::1", "3fff::1", "192.0.0.9",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.32.0.1",
    "2606:4700:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
]  # fmt: skip

LOOPBACK_IN_DISGUISE = ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "0", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]"]

REFUSED_URLS = [
    ("http://hook.example.org/", "scheme_not_allowed"),
    ("ftp://hook.example.org/", "scheme_not_allowed"),
    ("file:///etc/passwd", "scheme_not_allowed"),
    ("gopher://hook.example.org/_x", "scheme_not_allowed"),
    ("//hook.example.org/", "scheme_not_allowed"),
    ("hook.example.org", "scheme_not_allowed"),
    ("https://user:word@hook.example.org/", "credentials_in_url"),
    ("https://user@hook.example.org/", "credentials_in_url"),
    ("https://@hook.example.org/", "credentials_in_url"),
    ("https://hook.example.org:22/", "port_not_allowed"),
    ("https://hook.example.org:80/", "port_not_allowed"),
    ("https://hook.example.org:0/", "port_not_allowed"),
    ("https://hook.example.org:5432/", "port_not_allowed"),
    ("https://hook.example.org:99999/", "url_malformed"),
    ("https://hook.example.org:x/", "url_malformed"),
    ("https:///path", "url_malformed"),
    ("https://hook.example.org/a b", "url_malformed"),
    ("https://hook.example.org/\r\nX-Header: 1", "url_malformed"),
    ("https://hook.example.org\\@10.0.0.1/", "url_malformed"),
    ("https://[fe80::1%25eth0]/", "url_malformed"),
    ("https://[::1/", "url_malformed"),
    ("https://höok.example.org/", "url_malformed"),
    ("https://hook.example.org/" + "a" * 2_000, "url_malformed"),
]


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_no_webhook_goes_to_an_address_that_is_not_public(text: str) -> None:
    """NET-02: also what is_global misses: embedded addresses, multicast, agents of a cloud."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_a_webhook_may_go_to_a_public_address(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("host", LOOPBACK_IN_DISGUISE)
def test_loopback_is_recognised_however_it_is_written(host: str) -> None:
    """NET-02: the system's own resolver decides what a host is, and what it answers is checked."""
    with pytest.raises(TargetNotAllowed) as refusal:
        checked_addresses(parsed(f"https://{host}/"), resolver=resolve)

    assert refusal.value.code == "address_not_public"


@pytest.mark.parametrize(("url", "code"), REFUSED_URLS)
def test_a_url_that_is_not_plain_https_on_a_usual_port_is_refused(url: str, code: str) -> None:
    """NET-01: https only, allowed ports, no credentials."""
    with pytest.raises(TargetNotAllowed) as refusal:
        parsed(url)

    assert refusal.value.code == code


def test_every_address_of_a_name_must_be_public() -> None:
    """NET-01: one private address among public ones is enough to refuse."""
    target = parsed("https://hook.example.org/")

    with pytest.raises(TargetNotAllowed) as refusal:
        checked_addresses(target, resolver=lambda host, port: ["93.184.216.34", "10.0.0.5"])

    assert refusal.value.code == "address_not_public"


def test_the_operators_own_ranges_are_not_public_even_where_the_internet_says_so() -> None:
    """NET-02: own ranges."""
    own = networks("93.184.216.0/24, 2606:4700::/32")

    assert not is_public(ip_address("93.184.216.34"), own)
    assert not is_public(ip_address("2606:4700:4700::1111"), own)
    assert is_public(ip_address("8.8.8.8"), own)


def test_a_name_without_an_address_is_refused_by_a_code_of_its_own() -> None:
    def nothing(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(TargetNotAllowed) as refusal:
        checked_addresses(parsed("https://hook.example.org/"), resolver=nothing)

    assert refusal.value.code == "name_not_found"
