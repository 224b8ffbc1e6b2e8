"""Where the played machines, pods and load balancers are, and where their programs listen.

On Linux all of 127.0.0.0/8 is this machine, so that each gets an address of
its own. Elsewhere there is 127.0.0.1 alone, and ports tell them apart. A port
that cannot be bound (below 1024 without the right to, or taken by another
program of this machine) is moved to a free one; whoever dials asks `port`.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import socket
from collections import deque
from collections.abc import Iterable
from typing import Protocol

ONLY = "127.0.0.1"
# Held for as long as the lab runs: another lab takes another network.
GUARD_PORT = 10250
_TRIES = 20


class Addresses(Protocol):
    """The addresses of one cluster."""

    def machine(self, number: int) -> str:
        """The address of the machine with this number, from 1 on."""

    def take_pod(self) -> str:
        """An address for a pod. The one longest free: late clients do not meet its heir."""

    def give_back_pod(self, ip: str) -> None:
        """The pod with this address has ended."""

    def take_balancer(self) -> str:
        """An address for a load balancer."""

    def give_back_balancer(self, ip: str) -> None:
        """The load balancer with this address is gone."""

    def take_port(self, ip: str, port: int) -> int:
        """Where a program that wants (ip, port) shall listen: there, or at another port."""

    def give_back_port(self, ip: str, actual: int) -> None:
        """The program has ended."""


class Network:
    """Addresses of a /24 that is wholly this machine's, every port of them free to bind."""

    def __init__(self, prefix: str) -> None:
        """`prefix` is that of the network: ``10.244.0.``."""
        self.prefix = prefix
        self._pods = deque(f"{prefix}{number}" for number in range(10, 200))
        self._balancers = deque(f"{prefix}{number}" for number in range(200, 250))

    def machine(self, number: int) -> str:
        """See Addresses."""
        return f"{self.prefix}{number}"

    def take_pod(self) -> str:
        """See Addresses."""
        return self._pods.popleft()

    def give_back_pod(self, ip: str) -> None:
        """See Addresses."""
        self._pods.append(ip)

    def take_balancer(self) -> str:
        """See Addresses."""
        return self._balancers.popleft()

    def give_back_balancer(self, ip: str) -> None:
        """See Addresses."""
        self._balancers.append(ip)

    def take_port(self, ip: str, port: int) -> int:
        """See Addresses."""
        return port

    def give_back_port(self, ip: str, actual: int) -> None:
        """See Addresses."""


class Loopback(Network):
    """A network of 127.0.0.0/8, or 127.0.0.1 alone where there is no more."""

    def __init__(self, *, only_one: bool = False, privileged: bool = True) -> None:
        """`only_one` plays a machine with one address, `privileged=False` one without root."""
        self._guard = None if only_one else _guard()
        self._privileged = privileged
        self._taken: set[tuple[str, int]] = set()
        prefix = self._guard.getsockname()[0].removesuffix("1") if self._guard else ""
        super().__init__(prefix)
        if self._guard is None:
            self._pods = deque([ONLY])
            self._balancers = deque([ONLY])

    @property
    def only_one(self) -> bool:
        """Whether everything is at 127.0.0.1."""
        return self._guard is None

    def machine(self, number: int) -> str:
        """See Addresses."""
        return ONLY if self.only_one else super().machine(number)

    def take_pod(self) -> str:
        """See Addresses."""
        return ONLY if self.only_one else super().take_pod()

    def give_back_pod(self, ip: str) -> None:
        """See Addresses."""
        if not self.only_one:
            super().give_back_pod(ip)

    def take_balancer(self) -> str:
        """See Addresses."""
        return ONLY if self.only_one else super().take_balancer()

    def give_back_balancer(self, ip: str) -> None:
        """See Addresses."""
        if not self.only_one:
            super().give_back_balancer(ip)

    def take_port(self, ip: str, port: int) -> int:
        """See Addresses."""
        wanted = (ip, port)
        moved = wanted in self._taken or (port < 1024 and not self._privileged)
        actual = 0 if moved else _bindable(ip, port)
        while not actual or (ip, actual) in self._taken:
            actual = _bindable(ip, 0)
        self._taken.add((ip, actual))
        return actual

    def give_back_port(self, ip: str, actual: int) -> None:
        """See Addresses."""
        self._taken.discard((ip, actual))

    def close(self) -> None:
        """Let another lab have the network."""
        if self._guard is not None:
            self._guard.close()


def _guard() -> socket.socket | None:
    """A socket on the first address of a network that no other lab has; None without any."""
    for first, second in itertools.islice(_networks(), _TRIES):
        guard = socket.socket()
        try:
            guard.bind((f"127.{first}.{second}.1", GUARD_PORT))
        except OSError:
            guard.close()
        else:
            guard.listen(1)
            return guard
    return None


def _networks() -> Iterable[tuple[int, int]]:
    while True:
        yield 64 + secrets.randbelow(63), secrets.randbelow(256)


def _bindable(ip: str, port: int) -> int:
    """The port if it can be bound, any free one for 0; 0 where it cannot."""
    with contextlib.closing(socket.socket()) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((ip, port))
        except OSError:
            return 0
        return int(tried.getsockname()[1])
