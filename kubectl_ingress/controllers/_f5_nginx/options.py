"""Which value of a setting counts for an Ingress, alone or put together from several."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._f5_nginx.annotation import Part
from kubectl_ingress.controllers._f5_nginx.annotations import ANNOTATIONS, ORG
from kubectl_ingress.controllers._f5_nginx.settings import Settings
from kubectl_ingress.controllers._f5_nginx.values import (
    body_size,
    ports,
    rate,
    rewrites,
)
from kubectl_ingress.controllers._go import TRUE, parse_int
from kubectl_ingress.core.objects import Ingress
from kubectl_ingress.core.values import Value

_OLD_SSL_REDIRECT = "ingress.kubernetes.io/ssl-redirect"
_LEFT_OUT = {Part.MASTER: "minion", Part.MINION: "master"}


class Options(Struct, frozen=True):
    """The settings of an Ingress; `master` is whose host it has, where it is a minion."""

    ingress: Ingress
    settings: Settings
    master: Ingress | None = None

    def value(self, short: str) -> Value:
        """An annotation by its name behind nginx.org/, else the ConfigMap's value, or the default.

        A list of the controller takes annotations of the host off minions, and
        those of locations off masters; minions take some over (annotations.go).
        """
        known = ANNOTATIONS[ORG + short]
        own = self.annotated(known.name)
        if own is None and self.master is not None and known.part is Part.INHERITED:
            own = _annotation(self.master, known.name)
        if own is not None:
            return own
        return self._by_config(known.setting) or Value(known.default)

    def annotated(self, name: str) -> Value | None:
        """An annotation of the Ingress itself, None where it does not count."""
        left_out = _LEFT_OUT.get(ANNOTATIONS[name].part)
        kind = self.ingress.meta.annotations.get(ORG + "mergeable-ingress-type")
        return None if left_out and kind == left_out else _annotation(self.ingress, name)

    def _by_config(self, key: str) -> Value | None:
        text = self.settings.config.get(key) if key else None
        if text is None:
            return None
        return Value(text, f"ConfigMap {self.settings.config_name}", ("data", key))

    def flag(self, short: str) -> Value | None:
        """A setting that is on, None where it is off."""
        value = self.value(short)
        return value if value.text in TRUE else None

    @property
    def ssl_redirect(self) -> Value | None:
        """Its former name counts too, where the new one is not there."""
        if self.annotated(ORG + "ssl-redirect") is None:
            old = self.annotated(_OLD_SSL_REDIRECT)
            if old is not None:
                return old if old.text in TRUE else None
        return self.flag("ssl-redirect")

    @property
    def redirect_code(self) -> int:
        """The status of both redirects to https."""
        code = parse_int(self.value("http-redirect-code").text)
        return code if code in (301, 302, 307, 308) else 301

    @property
    def http_ports(self) -> tuple[int, ...]:
        """Where http is listened for."""
        return ports(self.value("listen-ports").text) or (self.settings.http_port,)

    @property
    def https_ports(self) -> tuple[int, ...]:
        """Where https is listened for."""
        return ports(self.value("listen-ports-ssl").text) or (self.settings.https_port,)

    @property
    def path_regex(self) -> str:
        """How paths are compared; "" is as their types say. A master has no paths."""
        return self.value("path-regex").text

    @property
    def rewrites(self) -> dict[str, str]:
        """Service -> what the beginning of the path is replaced by."""
        text = self.value("rewrites").text
        return (rewrites(text) or {}) if text else {}

    @property
    def rewrite_target(self) -> str:
        """Without effect beside rewrites."""
        return "" if self.value("rewrites").text else self.value("rewrite-target").text

    @property
    def body_limit(self) -> tuple[int, Value]:
        """The largest body in bytes; 0 is no limit."""
        value = self.value("client-max-body-size")
        return body_size(value.text), value

    def speaks_grpc(self, service: str) -> bool:
        """Whether pods of a Service are spoken to in gRPC, which needs http2 for clients."""
        wanted = self.value("grpc-services").text.split(",")
        return service in wanted and self.settings.config.get("http2", "") in TRUE

    @property
    def is_limited(self) -> bool:
        """Whether a rate limit is set; a bad rate is ignored (measured)."""
        return rate(self.value("limit-req-rate").text) is not None


def _annotation(ingress: Ingress, name: str) -> Value | None:
    text = ingress.meta.annotations.get(name)
    if text is None:
        return None
    return Value(text, f"Ingress {ingress.meta.key}", ("metadata", "annotations", name))
