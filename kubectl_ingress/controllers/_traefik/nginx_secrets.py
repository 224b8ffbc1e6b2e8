"""The Secrets and ConfigMaps that annotations of ingress-nginx name, as Traefik checks them.

pkg/provider/kubernetes/ingress-nginx/build.go: resolveBasicAuth, buildServersTransport,
buildClientAuthTLSOption, resolveCustomHeaders.
"""

from __future__ import annotations

import re

from kubectl_ingress.controllers._traefik.middlewares import Unusable
from kubectl_ingress.controllers._traefik.nginx_annotations import Values
from kubectl_ingress.controllers._traefik.nginx_settings import Options
from kubectl_ingress.core.objects import Ingress, Secret, Snapshot

_HEADER_VALUE = re.compile(r"[a-zA-Z\d_ :;.,\\/\"'?!(){}\[\]@<>=\-+*#$&`|~^%]+", re.ASCII)
_TLS_PROTOCOLS = ("HTTPS", "GRPCS")


def check_passwords(snapshot: Snapshot, ingress: Ingress, values: Values, options: Options) -> str:
    """The scheme of auth-type, "" where none is asked for. Raises Unusable.

    A Secret or ConfigMap that nobody has looked for is taken to be there, and to be good.
    """
    if not values.has("auth-type"):
        return ""
    kind = values.text("auth-type")
    if kind not in ("basic", "digest"):
        raise Unusable(f"auth-type {kind!r} is neither basic nor digest")
    secret = _secret(snapshot, ingress, "auth-secret", values.text("auth-secret"), options)
    form = values.text("auth-secret-type") if values.has("auth-secret-type") else "auth-file"
    if form not in ("auth-file", "auth-map"):
        raise Unusable(f"auth-secret-type {form!r} is neither auth-file nor auth-map")
    if secret is None:
        return kind
    if form == "auth-file" and "auth" not in secret.keys:
        raise Unusable(f"Secret {secret.meta.key} of auth-secret has no key auth")
    if not secret.keys:
        raise Unusable(f"Secret {secret.meta.key} of auth-secret has no users")
    return kind


def check_certificates(
    snapshot: Snapshot, ingress: Ingress, values: Values, options: Options
) -> None:
    """Those that are shown to pods, and those that clients must show. Raises Unusable."""
    reference = values.text("proxy-ssl-secret")
    if reference and values.text("backend-protocol").upper() in _TLS_PROTOCOLS:
        secret = _whole(snapshot, ingress, "proxy-ssl-secret", reference, options)
        if secret is not None and not secret.keys & {"tls.crt", "tls.key", "ca.crt"}:
            raise Unusable(f"Secret {secret.meta.key} of proxy-ssl-secret holds no certificate")
    if values.has("auth-tls-secret"):
        reference = values.text("auth-tls-secret")
        secret = _whole(snapshot, ingress, "auth-tls-secret", reference, options)
        if secret is not None and "ca.crt" not in secret.keys:
            raise Unusable(f"Secret {secret.meta.key} of auth-tls-secret has no key ca.crt")


def bad_headers(snapshot: Snapshot, ingress: Ingress, values: Values, options: Options) -> str:
    """Why custom-headers makes the path answer 503, "" if it does not."""
    if not values.has("custom-headers"):
        return ""
    reference = values.text("custom-headers")
    namespace, slash, name = reference.partition("/")
    if not slash or "/" in name:
        return f"custom-headers {reference!r} is no namespace/name"
    if namespace != ingress.meta.namespace and not options.cross_namespace:
        return f"custom-headers {reference} is in another namespace"
    found = snapshot.config_map_by_key.get((namespace, name))
    if found is None:
        unread = "ConfigMap" not in snapshot.read or snapshot.may_lack(snapshot.config_maps)
        if unread:
            return ""
        return f"ConfigMap {reference} of custom-headers does not exist"
    for header, value in sorted(found.data.items()):
        if header not in options.allowed_headers:
            return f"the header {header} of custom-headers is not in globalAllowedResponseHeaders"
        if not _HEADER_VALUE.fullmatch(value):
            return f"the header {header} of custom-headers has a value that is not allowed"
    return ""


def _whole(
    snapshot: Snapshot, ingress: Ingress, setting: str, reference: str, options: Options
) -> Secret | None:
    if reference.count("/") != 1 or not all(reference.split("/")):
        raise Unusable(f"{setting} {reference!r} is no namespace/name")
    return _secret(snapshot, ingress, setting, reference, options)


def _secret(
    snapshot: Snapshot, ingress: Ingress, setting: str, reference: str, options: Options
) -> Secret | None:
    """The Secret; None where nobody has looked for it."""
    parts = reference.split("/")
    own = ingress.meta.namespace
    if not reference or len(parts) > 2:
        raise Unusable(f"{setting} {reference!r} is not the name of a Secret")
    namespace = parts[0] if len(parts) == 2 else own
    if namespace != own and not options.cross_namespace:
        raise Unusable(f"{setting} {reference} is in another namespace")
    secret = snapshot.secret_by_key.get((namespace, parts[-1]))
    if secret is None and not snapshot.secrets_unread:
        raise Unusable(f"Secret {namespace}/{parts[-1]} of {setting} does not exist")
    return secret
