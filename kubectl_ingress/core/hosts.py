"""Hosts: comparing, and what may stand in a rule."""

from __future__ import annotations

import ipaddress
import re

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def normalise_host(host: str) -> str:
    """Lower case, without port and final dot: what servers compare.

    RFC 9110 section 4.2.3 makes the host case-insensitive; nginx drops one
    final dot (measured).
    """
    host = host.lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and ":" not in name:
        host = name
    return host.removesuffix(".")


def is_ip(host: str) -> bool:
    """Whether the host is an IPv4 or IPv6 address and not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def wildcard_of(host: str) -> str:
    """``a.example.com`` -> ``*.example.com``, the one wildcard that may cover it."""
    _, dot, rest = host.partition(".")
    return f"*.{rest}" if dot else ""


def host_problem(host: str) -> str:
    """Why an Ingress rule may not have this host, "" if it may.

    The rules of the API server (IsDNS1123Subdomain, IsWildcardDNS1123Subdomain):
    labels of letters, digits and dashes, 253 characters, a leading ``*.`` or none.
    """
    if is_ip(host):
        return "an Ingress host must be a DNS name, not an IP address"
    name = host.removeprefix("*.")
    if not name or len(host) > 253:
        return "a host has 1 to 253 characters"
    if "*" in name:
        return "a wildcard is only allowed as the whole first label: *.example.com"
    if ":" in name:
        return "a host has no port"
    for label in name.split("."):
        if not _LABEL.fullmatch(label) or len(label) > 63:
            return (
                f"the label {label!r} is not made of lower-case letters, digits and inner dashes"
                " (at most 63)"
            )
    return ""
