"""What the command line says to Traefik's provider for ingress-nginx."""

from __future__ import annotations

import re

from msgspec import Struct, field

from kubectl_ingress.controllers._go import words
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.controllers._traefik.entrypoints import (
    EntryPoints,
    entry_points,
    is_set,
    static_flags,
)
from kubectl_ingress.core.classes import ClassRule

CONTROLLER, DEFAULT_CLASS = "k8s.io/ingress-nginx", "nginx"
TITLE = "Traefik's provider for ingress-nginx"
_DEFAULT_BODY_SIZE = 1024**2
_PROVIDER = "providers.kubernetesingressnginx."


class Options(Struct, frozen=True):
    """What middlewares need to know. `body_size` in bytes; only buffered bodies are measured."""

    cross_namespace: bool = False
    buffer_requests: bool = False
    body_size: int = _DEFAULT_BODY_SIZE
    error_codes: tuple[str, ...] = ()
    allowed_headers: frozenset[str] = frozenset()
    global_auth_url: str = ""


class Settings(Struct, frozen=True):
    """What the static configuration decides. `default_backend` is ``namespace/name``."""

    ingress_class: str = DEFAULT_CLASS
    controller_class: str = CONTROLLER
    watch_without_class: bool = False
    points: EntryPoints = field(default_factory=EntryPoints)
    snippets: bool = False
    strict_paths: bool = True
    external_names: bool = True
    default_backend: str = ""
    options: Options = Options()

    @property
    def class_rule(self) -> ClassRule:
        """Which Ingresses it takes."""
        return ClassRule(TITLE, self.ingress_class, self.controller_class, self.watch_without_class)


def read_settings(told: Told) -> Settings:
    """Settings from the arguments of a running Deployment or DaemonSet."""
    flags = static_flags(told)
    own = {
        name[len(_PROVIDER) :]: value for name, value in flags.items() if name.startswith(_PROVIDER)
    }
    size = own.get("proxybodysize", "")
    return Settings(
        ingress_class=own.get("ingressclass", told.ingress_class or DEFAULT_CLASS),
        controller_class=own.get("controllerclass", CONTROLLER),
        watch_without_class=is_set(own, "watchingresswithoutclass"),
        points=entry_points(flags),
        snippets=is_set(own, "allowsnippetannotations"),
        strict_paths=is_set(own, "strictvalidatepathtype", default=True),
        external_names=not is_set(own, "disablesvcexternalname"),
        default_backend=own.get("defaultbackendservice", ""),
        options=Options(
            cross_namespace=is_set(own, "allowcrossnamespaceresources"),
            buffer_requests=is_set(own, "proxyrequestbuffering"),
            body_size=int(size) if re.fullmatch(r"[0-9]{1,15}", size) else _DEFAULT_BODY_SIZE,
            error_codes=words(own.get("customhttperrors", "")),
            allowed_headers=frozenset(words(own.get("globalallowedresponseheaders", ""))),
            global_auth_url=own.get("globalauthurl", ""),
        ),
    )
