"""A network namespace of our own, made and removed with iproute2.

Pods need addresses that are not loopback (EndpointSlices refuse those), and nothing of
the bed may reach the network outside: inside the namespace there is only ``lo``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "ki-"
# On lo the kernel takes the whole network of an address as local, so that every pod and
# load balancer gets an address of its own without a device.
NETWORK = "10.244.0.1/24"
# The ClusterIPs (RealCluster's --service-cluster-ip-range): nobody has the first one there.
SERVICES = "10.96.255.254/16"
RESOLV_CONF = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
HOSTS = "127.0.0.1 localhost\n::1 localhost\n"
CONFIGURATION = Path("/etc/netns")


class NamespaceError(Exception):
    """This machine does not let us make a namespace; the message says why."""


@contextlib.contextmanager
def namespace() -> Iterator[str]:
    """A namespace named after this process, removed with all that still runs in it."""
    _remove_abandoned()
    name = own_name()
    try:
        _create(name)
        yield name
    finally:
        remove(name)


def own_name() -> str:
    """The name of this process's namespace, and the start of its directory's name."""
    return f"{PREFIX}{os.getpid()}"


def inside(name: str) -> bool:
    """Whether this very process runs in the namespace."""
    try:
        theirs = Path("/run/netns", name).stat()
    except OSError:
        return False
    ours = Path("/proc/self/ns/net").stat()
    return (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino)


def remove(name: str) -> None:
    """End what still runs in our namespace, and remove it with its files in /etc."""
    if _exists(name):
        _end_processes(name)
        _ip("netns", "delete", name)
    shutil.rmtree(CONFIGURATION / name, ignore_errors=True)


def _create(name: str) -> None:
    files = CONFIGURATION / name
    files.mkdir(parents=True)
    # `ip netns exec` mounts these over the files of the same name in /etc.
    (files / "resolv.conf").write_text(RESOLV_CONF)
    (files / "hosts").write_text(HOSTS)
    _ip("netns", "add", name)
    _ip("-n", name, "link", "set", "lo", "up")
    for network in (NETWORK, SERVICES):
        _ip("-n", name, "address", "add", network, "dev", "lo")


def _remove_abandoned() -> None:
    """Remove what runs left that were killed before they could tidy up."""
    for line in _ip("netns", "list").splitlines():
        name = line.split()[0]
        if _abandoned(name):
            # Another run may be removing it, too.
            with contextlib.suppress(NamespaceError):
                remove(name)
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        if _abandoned(directory.name.rpartition("-")[0]):
            shutil.rmtree(directory, ignore_errors=True)


def _abandoned(name: str) -> bool:
    owner = name.removeprefix(PREFIX)
    return name.startswith(PREFIX) and owner.isdigit() and not Path("/proc", owner).exists()


def _exists(name: str) -> bool:
    return Path("/run/netns", name).exists()


def _processes(name: str) -> list[int]:
    return [int(pid) for pid in _ip("netns", "pids", name).split()]


def _end_processes(name: str) -> None:
    """End what the command left behind. All of it is ours: nobody else enters this namespace."""
    for how, seconds in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + seconds
        for pid in _processes(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        while _processes(name):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return


def _ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise NamespaceError(f"`ip {' '.join(arguments)}` failed: {done.stderr.strip()}")
    return done.stdout
