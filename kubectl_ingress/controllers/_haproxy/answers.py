"""The actions of a path, in the order of a backend's lines in haproxy.tmpl."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_ingress.controllers._backends import Broken
from kubectl_ingress.controllers._haproxy.actions import Preflight, ToHttps
from kubectl_ingress.controllers._haproxy.hosts import HostPath, Port, World
from kubectl_ingress.controllers._haproxy.path_config import (
    External,
    PathConfig,
    common,
    path_config,
)
from kubectl_ingress.controllers._haproxy.settings import Settings
from kubectl_ingress.controllers._haproxy.snippets import snippet
from kubectl_ingress.controllers._haproxy.spread import labels_of, selectors, weighted
from kubectl_ingress.controllers._haproxy.values import number
from kubectl_ingress.controllers._snippet import Snippet
from kubectl_ingress.core.actions import Action, Answer, Forward, Reply
from kubectl_ingress.core.guards import BodyLimit, Password
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.request import Backend, Request

_LATE, _EARLY = "config-backend-late", "config-backend-early"


class Answers:
    """What the paths of a World answer."""

    def __init__(self, snapshot: Snapshot, settings: Settings, world: World) -> None:
        self.snapshot, self.settings, self.world = snapshot, settings, world
        self._configs: dict[HostPath, PathConfig] = {}
        self._common: dict[Port, PathConfig] = {}
        self._pods_known = bool(snapshot.pods) or not snapshot.offline
        for port in world.ports.values():
            configs = [path_config(world, snapshot, settings, path) for path in port.paths]
            self._configs.update(zip(port.paths, configs, strict=True))
            self._common[port] = common(configs)

    def config(self, path: HostPath) -> PathConfig:
        """The settings of a path that has a port."""
        return self._configs[path]

    def actions(self, path: HostPath, by_alias: bool = False) -> tuple[Action, ...]:
        """What is done with a request that a path took; `by_alias`: by another name of its host."""
        if path.port is None or path.backend is None:
            return ()
        config = self._common[path.port] if by_alias else self._configs[path]
        return tuple(self._before(path.port, config)) + self._send(path.port, path.backend, config)

    def _before(self, port: Port, config: PathConfig) -> Iterator[Action]:
        early, late = self.snippets(port)
        yield from early.answers
        asked = config.external
        if asked and asked.before_redirects:
            yield from _denial(asked)
        if config.to_https:
            yield ToHttps(self.redirect_code("ssl-redirect-code"), config.to_https)
        yield from self._limits(port)
        if config.sources:
            yield config.sources
        if config.password:
            yield Password(config.password, spared=("OPTIONS",) if config.cors else ())
        if config.cors:
            yield Preflight(config.cors)
        if config.body:
            yield BodyLimit(*config.body)
        if asked and not asked.before_redirects:
            yield from _denial(asked)
        yield from late.answers

    def redirect_code(self, key: str) -> int:
        """The status of a redirect; 302 where none is set."""
        return number(self.settings.value(key).text) or 302

    def _limits(self, port: Port) -> Iterator[Action]:
        # A limit counts the request itself, so that the first one passes any above 0.
        for key in ("limit-connections", "limit-rps"):
            value = port.value(key, self.settings)
            if number(value.text) < 0:
                yield Answer(429, f"{key} {value.text} lets nothing through (429)", value)

    def snippets(self, port: Port) -> tuple[Snippet, Snippet]:
        """What is written at the beginning and at the end of the backend."""
        late = port.value(_LATE, self.settings)
        key = _LATE if late.text else "config-backend"
        early = port.value(_EARLY, self.settings)
        return (
            snippet(early, _EARLY, self.settings),
            snippet(port.value(key, self.settings), key, self.settings),
        )

    def _send(
        self, port: Port, backend: Backend | Broken, config: PathConfig
    ) -> tuple[Action, ...]:
        if isinstance(backend, Broken):
            return (Reply(503, backend.finding),)
        weight = port.value("initial-weight", self.settings)
        if number(weight.text) == 0:
            return (Answer(503, f"initial-weight {weight.text} is 0 for every pod (503)", weight),)
        everything = Forward((backend,), config.rewrite)
        if not self._pods_known or not backend.endpoints:
            return (everything,)
        labels = labels_of(self.snapshot, port.namespace)
        balance, former, mode, header, cookie = (
            port.value(f"blue-green-{key}", self.settings)
            for key in ("balance", "deploy", "mode", "header", "cookie")
        )
        balance = balance if balance.text else former
        shares = weighted(backend, balance, mode.text, labels)
        last: Action = Forward(shares, config.rewrite)
        if not shares:
            last = Answer(503, "no pod has a label of blue-green-balance (503)", balance)
        return (*selectors(everything, header, cookie, labels), last)

    def doubts(self, path: HostPath, request: Request) -> Iterator[Finding]:
        """What nobody can know of the way of a request that a path took."""
        port = path.port
        if port is None:
            return
        config = self._configs[path]
        if config.to_https and request.scheme == "http":
            return
        guards = (config.sources, Password(config.password) if config.password else None)
        yield from filter(None, (one.doubt(request) for one in guards if one))
        secret = path.value("auth-secret", self.settings)
        if secret.text and not config.password and self._secrets_unknown:
            yield secret.doubt("whether the Secret exists: everybody is let in without it")
        if config.external and config.external.asks:
            asked = config.external
            yield asked.because.doubt(f"whether {asked.asks} lets a request in")
        target = path.value("rewrite-target", self.settings)
        if config.rewrite and config.rewrite.computed:
            yield target.doubt(f"what haproxy computes of rewrite-target {target.text!r}")
        waf = path.value("waf", self.settings)
        if waf.text == "modsecurity" and self.settings.value("modsecurity-endpoints").text:
            yield waf.doubt("what the firewall of waf refuses")
        for one in self.snippets(port):
            if one.unclear:
                yield port.value("config-backend", self.settings).doubt(one.unclear)
        yield from self._unknown_pods(path, port)
        for key in ("limit-connections", "limit-rps"):
            value = port.value(key, self.settings)
            if number(value.text) > 0:
                message = f"{key} {value.text}: a client that sends more gets 429"
                yield Finding("KI405", "info", message, value.source)

    @property
    def _secrets_unknown(self) -> bool:
        snapshot = self.snapshot
        unread = "Secret" not in snapshot.read
        return unread or (snapshot.offline and not snapshot.secrets)

    def _unknown_pods(self, path: HostPath, port: Port) -> Iterator[Finding]:
        if self._pods_known and isinstance(path.backend, Backend) and path.backend.endpoints:
            return
        for key in ("balance", "deploy", "header", "cookie"):
            value = port.value(f"blue-green-{key}", self.settings)
            if value.text:
                yield value.doubt(f"which pods have the labels of blue-green-{key}")


def _denial(asked: External) -> Iterator[Action]:
    if asked.denies:
        yield Answer(403, f"{asked.denies}, so nobody is let in (403)", asked.because)
