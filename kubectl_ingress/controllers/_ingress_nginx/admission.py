"""What the admission webhook of ingress-nginx says of an Ingress.

Upstream: internal/ingress/controller/controller.go (CheckIngress, CheckWarning,
checkOverlap) and inspector.go (ValidatePathType), and measured. It does not try the
configuration with nginx since CVE-2025-1974, so it lets pass what nginx refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._go import SPACE, TRUE
from kubectl_ingress.controllers._ingress_nginx import inspection
from kubectl_ingress.controllers._ingress_nginx.reading import (
    DEFAULTS,
    PREFIX,
    Limits,
    Values,
    read_annotations,
)
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.controllers._oldest import oldest_first
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.objects import Ingress, ServiceBackend, Snapshot

_PLAIN_PATH = re.compile(r"/[A-Za-z0-9._/-]*")
_DEFAULT_SERVER = "_"
_DEPRECATED = frozenset(
    {
        *("enable-influxdb", "influxdb-host", "influxdb-measurement", "influxdb-port"),
        *("influxdb-server-name", "secure-verify-ca-secret"),
    }
)


class Rules(Struct, frozen=True):
    """The settings that the webhook goes by.

    `strict_paths` is strict-validate-path-type, `deep_inspect` --deep-inspect,
    `catch_all` the opposite of --disable-catch-all, `namespace`
    --watch-namespace ("" for all).
    """

    class_rule: ClassRule
    limits: Limits = DEFAULTS
    strict_paths: bool = True
    deep_inspect: bool = True
    catch_all: bool = True
    namespace: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """Those of a controller with these settings."""
        return cls(
            settings.class_rule,
            settings.limits,
            settings.config.strict_paths,
            settings.inspects,
            not settings.disable_catch_all,
            settings.namespace,
        )


def review(snapshot: Snapshot, ingress: Ingress, rules: Rules) -> str:
    """The message with which the webhook refuses an Ingress, "" if it allows it.

    The other Ingresses are those of the snapshot: one of the same name is the
    version before this one.
    """
    if rules.deep_inspect and (refusal := inspection.refusal(ingress)):
        return refusal
    taken = _taken(replace(snapshot, ingresses=(ingress,)), rules)
    if not taken:
        return ""
    if ingress.default_backend and not rules.catch_all:
        return (
            "this deployment is trying to create a catch-all ingress while DisableCatchAll flag is"
            " set to true. Remove '.spec.defaultBackend' or set DisableCatchAll flag to false"
        )
    refusal = refusal_of_itself(ingress, rules)
    if refusal:
        return refusal
    values = read_annotations(ingress, rules.limits)
    if values.dropped:
        return values.refusal
    others = [
        (other, read)
        for other in _taken(snapshot, rules)
        if other.meta.key != ingress.meta.key
        and not (read := read_annotations(other, rules.limits)).dropped
    ]
    return _overlap([*others, (ingress, values)], rules.limits)


def warnings(ingress: Ingress, rules: Rules) -> tuple[str, ...]:
    """What the webhook warns of, whosever the Ingress is and whatever comes of it."""
    deprecated = [
        f"annotation {name} is deprecated"
        for name in sorted(ingress.meta.annotations)
        if name.removeprefix(f"{rules.limits.prefix}/") in _DEPRECATED
    ]
    bad = _bad_paths(ingress)
    # errors.Join within errors.Join: all paths but the last are one warning.
    return (*deprecated, *filter(None, ("\n".join(bad[:-1]), *bad[-1:])))


def refusal_of_itself(ingress: Ingress, rules: Rules) -> str:
    """Why it refuses the paths or annotation names of an Ingress of its class, "" if it does not.

    Their values and the other Ingresses are left out.
    """
    bad = _bad_paths(ingress) if rules.strict_paths else []
    if bad:
        return "ingress contains invalid paths: " + "\n".join(bad)
    return _bad_annotations(ingress, rules.limits)


def _taken(snapshot: Snapshot, rules: Rules) -> list[Ingress]:
    """The Ingresses that are the controller's, in its order."""
    return oldest_first(
        ingress
        for ingress in rules.class_rule.select(snapshot)[0]
        if rules.namespace in ("", ingress.meta.namespace)
    )


def _bad_paths(ingress: Ingress) -> list[str]:
    return [
        f"path {path.path} cannot be used with pathType {path.path_type}"
        for rule in ingress.rules
        for path in rule.paths
        if path.path
        and path.path_type != "ImplementationSpecific"
        and not _PLAIN_PATH.fullmatch(path.path)
    ]


def _bad_annotations(ingress: Ingress, limits: Limits) -> str:
    """Names and words that the settings forbid, whatever the annotation is."""
    for name, value in sorted(ingress.meta.annotations.items()):
        if limits.prefix != PREFIX and name.startswith(PREFIX + "/"):
            return (
                "this deployment has a custom annotation prefix defined."
                f" Use '{limits.prefix}' instead of '{PREFIX}'"
            )
        if name.startswith(limits.prefix + "/"):
            for word in limits.blocked:
                if word.strip(SPACE) in value:
                    return f"{name} annotation contains invalid word {word}"
        if name.endswith("-snippet") and not limits.snippets:
            return (
                f"{name} annotation cannot be used."
                " Snippet directives are disabled by the Ingress administrator"
            )
    return ""


class _Location(Struct):
    """A location of a server; `owner` is None for one that the controller makes itself."""

    path: str
    exact: bool
    owner: Ingress | None
    expands: bool = False

    def expanded(self, exact_paths: set[str]) -> Iterator[_Location]:
        """``Prefix /p`` is ``/p/`` and, unless an Exact has it, ``/p`` (location.go)."""
        if not self.expands:
            yield self
            return
        yield replace(self, path=self.path.rstrip("/") + "/")
        if self.path not in exact_paths:
            yield replace(self, exact=True)


_Read = tuple[Ingress, Values]


def _overlap(ingresses: list[_Read], limits: Limits) -> str:
    """Whether the last Ingress has a host and path that another one answers."""
    new = ingresses[-1][0]
    canary = f"{limits.prefix}/canary"
    servers = _servers(ingresses)
    for rule in new.rules:
        host = rule.host or _DEFAULT_SERVER
        for path in rule.paths:
            text = path.path or "/"
            owners = servers.get(host, {}).get(text, []) if path.backend else []
            for other in owners:
                mine, theirs = (one.meta.annotations.get(canary) for one in (new, other))
                both = mine in TRUE and theirs in TRUE
                if other is not new and (both or (mine is None and theirs is None)):
                    where = f'host "{host}" and path "{text}"'
                    return f"{where} is already defined in ingress {other.meta.key}"
    return ""


def _servers(ingresses: list[_Read]) -> dict[str, dict[str, list[Ingress]]]:
    """host -> path of a location -> whose it is, first of all for nginx."""
    locations = {_DEFAULT_SERVER: [_Location("/", False, None)]}
    for ingress, values in ingresses:
        if values.flag("canary"):
            continue
        root = locations[_DEFAULT_SERVER][0]
        if ingress.default_backend and not ingress.rules and root.owner is None:
            root.owner = ingress
        for rule in ingress.rules:
            locations.setdefault(rule.host or _DEFAULT_SERVER, [_Location("/", False, None)])
    without_server = _only_canaries(ingresses)
    for ingress, values in ingresses:
        for rule in ingress.rules:
            server = locations.get(rule.host, locations[_DEFAULT_SERVER])
            for path in rule.paths:
                if path.backend and _upstream(ingress, path.backend) not in without_server:
                    exact = path.path_type == "Exact"
                    _add(server, _Location(path.path or "/", exact, ingress), values)
    return {host: _owners(server) for host, server in locations.items()}


def _add(server: list[_Location], new: _Location, values: Values) -> None:
    # Only the first location of this path is looked at (getBackendServers).
    first = next((location for location in server if location.path == new.path), None)
    if first is not None and first.exact == new.exact:
        first.owner = first.owner or new.owner
        return
    rewritten = values.text("rewrite-target") not in ("", new.path)
    new.expands = not (new.path == "/" or new.exact or rewritten or values.flag("use-regex"))
    server.append(new)


def _owners(server: list[_Location]) -> dict[str, list[Ingress]]:
    exact_paths = {location.path for location in server if location.exact}
    server.sort(key=lambda location: location.path, reverse=True)
    server.sort(key=lambda location: len(location.path), reverse=True)
    owners: dict[str, list[Ingress]] = {}
    for location in server:
        for piece in location.expanded(exact_paths):
            if piece.owner:
                owners.setdefault(piece.path, []).append(piece.owner)
    return owners


def _only_canaries(ingresses: list[_Read]) -> set[tuple[str, str, str]]:
    """The upstreams that a canary names first: they get no location (createUpstreams)."""
    canary: dict[tuple[str, str, str], bool] = {}
    for ingress, values in ingresses:
        is_canary = values.flag("canary")
        if ingress.default_backend:
            canary[_upstream(ingress, ingress.default_backend)] = is_canary
        for rule in ingress.rules:
            for path in rule.paths:
                if path.backend:
                    canary.setdefault(_upstream(ingress, path.backend), is_canary)
    return {upstream for upstream, only in canary.items() if only}


def _upstream(ingress: Ingress, backend: ServiceBackend) -> tuple[str, str, str]:
    return ingress.meta.namespace, backend.service, str(backend.port)
