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
from dataclasses import dataclass
from pathlib import Path

# An option without dashes may be set off by = or :, one with dashes by blanks only.
_OPTION = re.compile(
    r'\s*(?:connect-to[\s=:]+|--connect-to\s+)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s"]\S*))'
)
_HOST = r"(\[[0-9A-Fa-f:.]*\]|[^:\[\]]*)"
_VALUE = re.compile(rf"{_HOST}:(\d*):{_HOST}(?::(\d*))?", re.ASCII)


@dataclass(frozen=True)
class ConnectTo:
    """One line. Empty host and port None: any at the front, as asked for at the end."""

    host: str
    port: int | None
    to_host: str
    to_port: int | None

    def matches(self, host: str, port: int) -> bool:
        """Whether a connection to this host and port is meant."""
        return self.host.lower() in ("", host.lower()) and self.port in (None, port)


def parse(text: str) -> list[ConnectTo]:
    """The connect-to lines of a curl config file, in order; malformed ones are left out."""
    found = []
    for line in text.removeprefix("\ufeff").splitlines():
        option = _OPTION.match(line)
        if option is None:
            continue
        typed = option["plain"] or re.sub(r"\\(.)", r"\1", option["quoted"] or "")
        value = _VALUE.fullmatch(typed)
        if value is not None:
            host, port, to_host, to_port = (part or "" for part in value.groups())
            found.append(ConnectTo(_bare(host), _number(port), _bare(to_host), _number(to_port)))
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
        if line.matches(address, port) and (line.to_host or line.to_port is not None):
            host = line.to_host or address
            if not _is_ip(host):
                raise _unresolved(f"{file} leads port {port} to {host}, which is no IP address")
            return host, port if line.to_port is None else line.to_port
    raise _unresolved(f"port {port} of it is not in {file}")


def _bare(host: str) -> str:
    return host.removeprefix("[").removesuffix("]")


def _number(digits: str) -> int | None:
    return int(digits) if digits else None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _unresolved(detail: str) -> socket.gaierror:
    return socket.gaierror(socket.EAI_NONAME, detail)
