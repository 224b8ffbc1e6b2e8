"""A server that gives canned answers, and clusters that lead there."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.errors import ApiError
from kubectl_ingress.ports.access import parse_timeout, resolve
from kubectl_ingress.ports.cluster import HttpCluster
from kubectl_ingress.ports.login import Login
from kubectl_ingress.ports.patience import Clock
from tests.kubeconfigs import Home, kubeconfig
from tests.live.recorder import Answer, Recorder, serve

PATH = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses"
Answering = Callable[[str, str], Answer]


class World:
    """A server of one's own, and clusters that lead there."""

    def __init__(self, home: Home, stack: ExitStack) -> None:
        self.home = home
        self.stack = stack
        self.said = io.StringIO()
        self.slept: list[float] = []
        self.left = math.inf
        """Seconds that the command itself has."""

    def serve(
        self, *answers: Answer | Answering, tls: tuple[bytes, bytes] | None = None, ca: bytes = b""
    ) -> Recorder:
        """Gives the answers in turn, the last one for ever. `ca` is for client certificates."""
        left = list(answers)

        def answer(method: str, path: str) -> Answer:
            current = left.pop(0) if len(left) > 1 else left[0]
            return current(method, path) if callable(current) else current

        folder = self.home.folder
        return self.stack.enter_context(serve(answer, tls=tls, client_ca=ca, folder=folder))

    def cluster(
        self,
        server: str,
        user: object = None,
        cluster: dict[str, object] | None = None,
        **typed: Any,
    ) -> HttpCluster:
        """Its cluster entry has `server` and what `cluster` says; `typed` are flags."""
        config = kubeconfig(user or {"token": "t"}, {"server": server, **(cluster or {})})
        self.home.write(".kube/config", config)
        options = ClusterOptions(**typed)
        access = resolve(options, self.home.variables)
        login = Login(access, self.home.variables, self.said)
        variables = self.home.variables
        clock = Clock(self.slept.append, lambda: self.left, lambda: sum(self.slept))
        seconds = parse_timeout(options.request_timeout)
        return HttpCluster(access, login, variables, self.said, seconds, options, clock)

    def error(self, answer: Answer | Answering, method: str = "GET", path: str = PATH) -> ApiError:
        """What becomes of an answer that is no good."""
        cluster = self.cluster(self.serve(answer).url)
        with pytest.raises(ApiError) as caught:
            cluster.request(method, path)
        assert caught.value.exit_status == 2
        return caught.value
