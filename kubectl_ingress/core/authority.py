"""``HOST:PORT`` as people type it, and as URLs and Host headers have it."""

from __future__ import annotations

import ipaddress
import re

_AUTHORITY = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::([0-9]*))?")


def parse_authority(text: str) -> tuple[str, int | None]:
    """The host as it is written, without brackets, and the port; None where there is none.

    RFC 3986, sections 3.2.2 and 3.2.3, where nobody is named before the host:

        authority = host [ ":" port ]
        host      = "[" IPv6address "]" / IPv4address / reg-name
        port      = *DIGIT

    So an empty port is as none, a host may be empty, and an IPv6 address without
    brackets is no host: nobody could tell its end from a port. Which signs a name
    is made of is not looked at. What cannot be connected to, as port 0, is no port.
    Raises ValueError, which says why.
    """
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is neither HOST nor HOST:PORT, nor [IPv6]:PORT")
    address, name, digits = found.groups()
    if address is not None:
        ipaddress.IPv6Address(address)
    host = name if address is None else address
    if not digits:
        return host, None
    if len(digits) > 5 or not 0 < int(digits) < 65536:
        raise ValueError(f"port {digits} is not one of 1 to 65535")
    return host, int(digits)
