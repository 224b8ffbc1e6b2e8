"""What the controller was told: its command line and its ConfigMap."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from kubectl_ingress.controllers._config_maps import own_config_map
from kubectl_ingress.controllers._f5_nginx.annotations import ANNOTATIONS
from kubectl_ingress.controllers._go import TRUE
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.objects import Snapshot

CONTROLLER = "nginx.org/ingress-controller"
TITLE = "F5 NGINX Ingress Controller"
DEFAULT_CLASS = "nginx"

# Keys of the ConfigMap whose effect on routes is not in the table.
NOT_MODELLED: Mapping[str, str] = {
    "http-snippets": "lines for nginx's http part",
    "ingress-template": "another template for Ingresses",
    "main-snippets": "lines for nginx.conf",
    "main-template": "another template for nginx.conf",
    "proxy-protocol": "clients come through a proxy that speaks the PROXY protocol",
    "real-ip-header": "which header holds the client's address",
    "set-real-ip-from": "which proxies are believed the client's address",
    "virtualserver-template": "another template for VirtualServers",
}
_OTHER_SETTINGS = frozenset(
    {
        *("access-log", "access-log-off", "default-server-access-log-off"),
        *("default-server-return", "error-log-level", "fail-timeout", "hsts", "hsts-behind-proxy"),
        *("hsts-include-subdomains", "hsts-max-age", "http2", "keepalive-requests"),
        *("keepalive-timeout", "log-format", "log-format-escaping", "map-hash-bucket-size"),
        *("map-hash-max-size", "proxy-hide-headers", "proxy-pass-headers", "real-ip-recursive"),
        *("resolver-addresses", "resolver-ipv6", "resolver-timeout", "resolver-valid"),
        *("server-names-hash-bucket-size", "server-names-hash-max-size", "server-tokens"),
        *("ssl-ciphers", "ssl-dhparam-file", "ssl-prefer-server-ciphers", "ssl-protocols"),
        *("stream-log-format", "stream-log-format-escaping", "stream-snippets"),
        *("transportserver-template", "variables-hash-bucket-size", "variables-hash-max-size"),
        *("worker-connections", "worker-cpu-affinity", "worker-processes"),
        *("worker-rlimit-nofile", "worker-shutdown-timeout"),
    }
)
SETTINGS: frozenset[str] = (
    frozenset(one.setting for one in ANNOTATIONS.values() if one.setting)
    | _OTHER_SETTINGS
    | NOT_MODELLED.keys()
)


class Settings(Struct, frozen=True):
    """What the controller's own command line and ConfigMap decide.

    `default_secret` and `wildcard_secret` are ``namespace/name``, "" where there
    is none. `config` is the ConfigMap's data, `config_name` its key.
    """

    ingress_class: str = DEFAULT_CLASS
    plus: bool = False
    snippets: bool = False
    empty_host: bool = False
    custom_resources: bool = True
    config_safety: bool = False
    adjusts_buffers: bool = False
    default_secret: str = ""
    wildcard_secret: str = ""
    http_port: int = 80
    https_port: int = 443
    health_uri: str = ""
    config: Mapping[str, str] = field(default_factory=dict)
    config_name: str = ""

    @property
    def class_rule(self) -> ClassRule:
        """Which Ingresses these settings take."""
        return ClassRule(
            TITLE,
            self.ingress_class,
            CONTROLLER,
            annotation_first=True,
            empty_annotation=False,
            by_name=True,
        )


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """From the arguments of a running Deployment or DaemonSet, and the ConfigMap they name."""
    flags = told.flags

    def given(name: str, default: str = "false") -> bool:
        return flags.get(name, default) in TRUE

    config = own_config_map(snapshot, told, "nginx-configmaps", SETTINGS)
    health = flags.get("health-status-uri", "/nginx-health") if given("health-status") else ""
    return Settings(
        ingress_class=flags.get("ingress-class") or told.ingress_class or DEFAULT_CLASS,
        plus=given("nginx-plus"),
        snippets=given("enable-snippets"),
        empty_host=given("allow-empty-ingress-host"),
        custom_resources=given("enable-custom-resources", "true"),
        config_safety=given("enable-config-safety"),
        adjusts_buffers=given("enable-directive-autoadjust"),
        default_secret=told.reference("default-server-tls-secret"),
        wildcard_secret=told.reference("wildcard-tls-secret"),
        http_port=_port(flags.get("default-http-listener-port", ""), 80),
        https_port=_port(flags.get("default-https-listener-port", ""), 443),
        health_uri=health,
        config=dict(config.data) if config else {},
        config_name=config.meta.key if config else "",
    )


def _port(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default
