"""Free loopback ports for servers that a test starts."""

import os
import socket
from contextlib import suppress


def free_ports(count: int) -> list[int]:
    """`count` different TCP ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def ports_of_no_client(count: int) -> list[int]:
    """The same, of those that no system gives to a client: free again at any time."""
    found: list[int] = []
    start = 20_000 + os.getpid() % 10_000
    for number in (20_000 + (start + step) % 10_000 for step in range(10_000)):
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", number))
            found.append(number)
        if len(found) == count:
            break
    return found
