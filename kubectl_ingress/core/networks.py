"""Addresses of clients, and the networks that settings list."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_address(text: str) -> Address | None:
    """An address; None where it is none."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def parse_network(text: str) -> Network | None:
    """An address or a network, whose host bits are cut; None where it is neither."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...] | None:
    """All of them; None where one is none."""
    found = [parse_network(text) for text in texts]
    return None if None in found else tuple(filter(None, found))


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address is in one of some networks."""
    return any(address in network for network in networks)
