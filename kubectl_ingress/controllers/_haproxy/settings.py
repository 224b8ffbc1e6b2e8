"""What haproxy-ingress was told: its command line and its ConfigMap."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from kubectl_ingress.controllers._config_maps import own_config_map
from kubectl_ingress.controllers._haproxy.global_keys import DEFAULTS, GLOBAL_KEYS, KEYS
from kubectl_ingress.controllers._haproxy.key import Invalid, Scope
from kubectl_ingress.controllers._haproxy.values import flag
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.objects import Finding, Meta, Snapshot
from kubectl_ingress.core.values import Value

CONTROLLER = "haproxy-ingress.github.io/controller"
TITLE = "HAProxy Ingress"
DEFAULT_CLASS = "haproxy"
PREFIXES = ("haproxy-ingress.github.io", "ingress.kubernetes.io")


class Settings(Struct, frozen=True):
    """What the controller's own command line and ConfigMap decide.

    `prefixes` are those of annotations, the first one wins. `default_service` is
    ``namespace/name``. `no_keywords` are the first words that lines of
    config-backend may not have, ``*`` forbids them all.
    """

    ingress_class: str = DEFAULT_CLASS
    controller: str = CONTROLLER
    without_class: bool = False
    class_first: bool = False
    prefixes: tuple[str, ...] = PREFIXES
    default_service: str = ""
    no_external_names: bool = False
    no_keywords: frozenset[str] = frozenset()
    cross_namespace: bool = False
    config: Mapping[str, Value] = field(default_factory=dict)

    @property
    def class_rule(self) -> ClassRule:
        """Which Ingresses these settings take."""
        return ClassRule(
            TITLE,
            self.ingress_class,
            self.controller,
            self.without_class,
            annotation_first=not self.class_first,
        )

    def value(self, key: str) -> Value:
        """The ConfigMap's value of a key, else its default."""
        return self.config.get(key) or Value(DEFAULTS.get(key, ""))

    def checked(self, key: str) -> str:
        """The text of `value`, the default where it is none that the controller accepts."""
        text, known = self.value(key).text, GLOBAL_KEYS[key]
        return text if known.valid is None or known.valid(text) else known.default

    def listed(self, key: str) -> tuple[str, ...]:
        """The text of `value`, split at commas."""
        text = self.value(key).text
        return tuple(item.strip() for item in text.split(",")) if text else ()

    def reads(self, of: str, namespace: str, what: str) -> bool:
        """Whether an object of `namespace` may use one of the namespace `of`.

        `what` is the end of a key: secrets-crt, secrets-passwd, services.
        """
        allowed = self.value(f"cross-namespace-{what}").text.lower() == "allow"
        return of == namespace or self.cross_namespace or allowed


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """From the arguments of a running Deployment or DaemonSet, and the ConfigMap they name."""
    flags = told.flags
    suffix = flags.get("controller-class", "").lstrip("/")
    config = own_config_map(snapshot, told, "configmap", GLOBAL_KEYS)
    source = f"ConfigMap {config.meta.key}" if config else ""
    prefixes = [one.strip() for one in flags.get("annotations-prefix", "").split(",")]
    return Settings(
        ingress_class=flags.get("ingress-class") or told.ingress_class or DEFAULT_CLASS,
        controller=f"{CONTROLLER}/{suffix}" if suffix else CONTROLLER,
        without_class=flag(flags.get("watch-ingress-without-class", "")),
        class_first=flag(flags.get("ingress-class-precedence", "")),
        prefixes=tuple(filter(None, prefixes)) or PREFIXES,
        default_service=flags.get("default-backend-service", ""),
        no_external_names=flag(flags.get("disable-external-name", "")),
        no_keywords=frozenset(filter(None, flags.get("disable-config-keywords", "").split(","))),
        cross_namespace=flag(flags.get("allow-cross-namespace", "")),
        config={
            key: Value(text, source, ("data", key))
            for key, text in (config.data if config else {}).items()
        },
    )


def read(meta: Meta, kind: str, prefixes: tuple[str, ...]) -> dict[str, Value]:
    """The keys that the annotations of an object set, without prefix; the first prefix wins."""
    found: dict[str, Value] = {}
    for prefix in prefixes:
        for name, text in meta.annotations.items():
            if name.startswith(f"{prefix}/"):
                place = ("metadata", "annotations", name)
                value = Value(text, f"{kind} {meta.key}", place)
                found.setdefault(name[len(prefix) + 1 :], value)
    return found


def of_host(values: Mapping[str, Value]) -> dict[str, Value]:
    """Those of the host."""
    return {k: v for k, v in values.items() if k in KEYS and KEYS[k].scope is Scope.HOST}


def of_path(values: Mapping[str, Value]) -> dict[str, Value]:
    """Those that the paths and their Service ports get."""
    return {k: v for k, v in values.items() if k not in KEYS or KEYS[k].scope is not Scope.HOST}


def remarks(meta: Meta, kind: str, prefixes: tuple[str, ...]) -> list[Finding]:
    """What is wrong with the keys of an object."""
    found = []
    for key, value in read(meta, kind, prefixes).items():
        known = KEYS.get(key)
        name = str(value.field[-1])
        if known is None:
            if not name.startswith(PREFIXES[0]):
                continue
            message = f"{TITLE} has no {name}, so it does nothing"
            found.append(Finding("KI403", "warning", message, value.source, meta.origin))
        elif value.text and known.valid is not None and not known.valid(value.text):
            level = "error" if known.invalid in (Invalid.FROZEN, Invalid.DENIED) else "warning"
            message = f"{name} {value.text!r} is not {known.kind.value}: {known.invalid.value}"
            found.append(Finding("KI402", level, message, value.source, meta.origin))
    return found
