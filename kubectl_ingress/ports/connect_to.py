"""Where a cluster's load balancers are, by a curl config file instead of DNS.

A cluster entry of the kubeconfig may name such a file (`access`); then it is
all there is: what it does not hold does not resolve, and nothing is asked of
any DNS server. Its ``connect-to`` lines are read as curl reads them
(https://curl.se/docs/manpage.html#--connect-to and #-K), the rest is left to curl.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from pathlib import Path

from kubectl_ingress.core.sending import ConnectTo, parse_connect_to

# An option without dashes may be set off by = or :, one with dashes by blanks only.
_OPTION = re.compile(
    r'\s*(?:connect-to[\s=:]+|--connect-to\s+)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s"]\S*))'
)


def parse(text: str) -> list[ConnectTo]:
    """The connect-to lines of a curl config file, in order; malformed ones are left out."""
    found = []
    for line in text.removeprefix("\ufeff").splitlines():
        option = _OPTION.match(line)
        if option is None:
            continue
        typed = option["plain"] or re.sub(r"\\(.)", r"\1", option["quoted"] or "")
        way = parse_connect_to(typed)
        if way is not None:
            found.append(way)
    return found


def look_up(file: str, address: str, port: int) -> tuple[str, int]:
    """The IP and the port that `file` has now for an address and port.

    Raises socket.gaierror, as resolving does, where there are none.
    """
    try:
        lines = parse(Path(file).read_text("utf-8", "replace"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unresolved(f"cannot read {file}: {reason}") from error
    for line in lines:
        # As curl: a line that changes nothing gives way to the next one.
        if line.matches(address, port):
            host = line.to_host or address
            if not _is_ip(host):
                raise _unresolved(f"{file} leads port {port} to {host}, which is no IP address")
            return host, port if line.to_port is None else line.to_port
    raise _unresolved(f"port {port} of it is not in {file}")


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _unresolved(detail: str) -> socket.gaierror:
    return socket.gaierror(socket.EAI_NONAME, detail)
