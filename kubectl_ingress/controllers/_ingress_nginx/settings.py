"""What a running ingress-nginx was told: its command line and its ConfigMap."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._go import FALSE, TRUE
from kubectl_ingress.controllers._ingress_nginx.config_map import (
    Config,
    find_config_map,
    read_config,
)
from kubectl_ingress.controllers._ingress_nginx.profile import PROFILE
from kubectl_ingress.controllers._ingress_nginx.reading import PREFIX, Limits
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.objects import Snapshot

_NO_CONFIG = Config()


class Settings(Struct, frozen=True):
    """What flags decide, and `config`, what the ConfigMap does.

    `namespace` is the only one that is watched, "" for all, `selector` a label
    selector of those that are. `default_backend` and `default_certificate` are
    ``namespace/name`` or "". `inspects` is --deep-inspect.
    """

    ingress_class: str = PROFILE.default_class
    controller_class: str = PROFILE.controller
    watch_without_class: bool = False
    by_name: bool = False
    namespace: str = ""
    selector: str = ""
    disable_catch_all: bool = False
    default_backend: str = ""
    default_certificate: str = ""
    external_names: bool = True
    passthrough: bool = False
    health_path: str = "/healthz"
    http_port: int = 80
    https_port: int = 443
    annotations_prefix: str = PREFIX
    validated: bool = True
    inspects: bool = True
    config: Config = _NO_CONFIG

    @property
    def class_rule(self) -> ClassRule:
        """Which Ingresses these settings take."""
        return ClassRule(
            PROFILE.title,
            self.ingress_class,
            self.controller_class,
            self.watch_without_class,
            or_by_name=self.by_name,
        )

    @property
    def limits(self) -> Limits:
        """What these settings allow annotations to be."""
        config = self.config
        return Limits(
            prefix=self.annotations_prefix,
            risk=config.risk,
            snippets=config.snippets,
            blocked=config.blocked_words,
            cross_namespace=config.cross_namespace,
            validated=self.validated,
        )

    def port(self, scheme: str) -> int:
        """Where nginx itself listens for a scheme."""
        return self.https_port if scheme == "https" else self.http_port


DEFAULTS = Settings()


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """Settings from the arguments of a running Deployment or DaemonSet, and its ConfigMap."""
    flags = told.flags

    def is_on(name: str) -> bool:
        return flags.get(name) in TRUE

    def port(name: str, usual: int) -> int:
        text = flags.get(name, "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else usual

    return Settings(
        ingress_class=flags.get("ingress-class", told.ingress_class or PROFILE.default_class),
        controller_class=flags.get("controller-class", PROFILE.controller),
        watch_without_class=is_on("watch-ingress-without-class"),
        by_name=is_on("ingress-class-by-name"),
        namespace=told.reference("watch-namespace"),
        selector=flags.get("watch-namespace-selector", ""),
        disable_catch_all=is_on("disable-catch-all"),
        default_backend=told.reference("default-backend-service"),
        default_certificate=told.reference("default-ssl-certificate"),
        external_names=not is_on("disable-svc-external-name"),
        passthrough=is_on("enable-ssl-passthrough"),
        health_path=flags.get("health-check-path", "/healthz"),
        http_port=port("http-port", 80),
        https_port=port("https-port", 443),
        annotations_prefix=flags.get("annotations-prefix", PREFIX),
        validated=flags.get("enable-annotation-validation") not in FALSE,
        inspects=flags.get("deep-inspect") not in FALSE,
        config=read_config(find_config_map(told, snapshot)),
    )
