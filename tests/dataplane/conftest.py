from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from socket import socket
from typing import Any

import pytest

from kubectl_ingress.core.request import Target
from kubectl_ingress.dataplane.http1 import Limits
from tests.dataplane.serving import Backends, Endpoint, Served, serving, table_of


@pytest.fixture
def backends() -> Iterator[Backends]:
    made = Backends()
    yield made
    made.stop()


@pytest.fixture
def endpoint() -> Iterator[Callable[[Callable[[socket], None]], Endpoint]]:
    """Makes pods from functions over a raw socket."""
    with ExitStack() as stack:

        def make(play: Callable[[socket], None]) -> Endpoint:
            made = Endpoint(play)
            stack.callback(made.stop)
            return made

        yield make


@pytest.fixture
def proxy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[..., Served]]:
    """Starts proxies; asyncio may complain of nothing that any client did to them."""
    with caplog.at_level(logging.WARNING, "asyncio"), ExitStack() as stack:

        def start(*targets: Target, objects: tuple[Any, ...] = (), **limits: Any) -> Served:
            table = table_of(*targets, objects=objects)
            started = serving("proxy", table, tmp_path, limits=Limits(**limits))
            return stack.enter_context(started)

        yield start
    assert caplog.records == []


@pytest.fixture
def echo(backends: Backends, proxy: Callable[..., Served]) -> Served:
    """A proxy before an endpoint that answers with what it was sent."""
    return proxy(Target("127.0.0.1", backends.port("web"), ""))
