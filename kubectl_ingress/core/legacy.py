"""Objects of API versions that Kubernetes no longer serves, as those that it serves now.

Kubernetes 1.22 removed the beta Ingress and IngressClass, 1.16 the beta
workloads, 1.25 the beta EndpointSlice. Source of the mapping: the deprecation
guides, and the API server's own conversion of stored objects.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from kubectl_ingress.core.commands import command
from kubectl_ingress.core.edits import AddKey, Mend
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Finding, Origin

V1 = "networking.k8s.io/v1"
BETA = "networking.k8s.io/v1beta1"
OLD_VERSIONS: dict[str, tuple[str, ...]] = {
    "Ingress": ("extensions/v1beta1", BETA),
    "IngressClass": (BETA,),
    "Deployment": ("extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"),
    "DaemonSet": ("extensions/v1beta1", "apps/v1beta2"),
    "StatefulSet": ("apps/v1beta1", "apps/v1beta2"),
    "CronJob": ("batch/v1beta1",),
    "NetworkPolicy": ("extensions/v1beta1",),
    "EndpointSlice": ("discovery.k8s.io/v1beta1",),
}
# Their definitions are installed, in whatever version, and serve several at a time.
_CUSTOM_GROUPS = frozenset({"gateway.networking.k8s.io"})
_CONVERTED = ("Ingress", "IngressClass")

Data = Mapping[str, object]


def is_group_of(kind: str, api_version: object) -> bool:
    """Whether an object of this kind and apiVersion is one of ours, or another's of that name."""
    known = KINDS.get(kind)
    if known is None:
        return False
    if not isinstance(api_version, str) or not api_version or api_version == known.api_version:
        return True
    group = api_version.rpartition("/")[0]
    old = (version.rpartition("/")[0] for version in OLD_VERSIONS.get(kind, ()))
    return group == known.group or group in old


def as_served(
    data: Data, kind: str, name: str, origin: Origin
) -> tuple[Data | None, tuple[Finding, ...]]:
    """The object in the version that is served now; None where no version of it is.

    `name` is what findings call it: KI902 for an old version, KI901 for none and
    for one that never was.
    """
    known, written = KINDS.get(kind), data.get("apiVersion")
    # Of a custom resource the group is all that counts: whoever reads it knows its versions.
    if known is None or known.group in _CUSTOM_GROUPS or written == known.api_version:
        return data, ()
    wanted = known.api_version

    def finding(code: str, level: str, message: str, fix: str) -> tuple[Finding, ...]:
        return (Finding(code, level, f"{name}: {message}", name, origin, fix),)

    mend = f"write apiVersion: {wanted}"
    if written in OLD_VERSIONS.get(kind, ()):
        if kind in _CONVERTED and origin.line is not None:
            file = "-" if origin.source == "stdin" else origin.source
            mend = command("ingress", "convert", "-f", file)
        message = f"{written} is no longer served; it is read as {wanted}"
        return _converted(data, kind), finding("KI902", "error", message, mend)
    if not written:
        message = f"it has no apiVersion, so kubectl would refuse it; it is read as {wanted}"
        (found,) = finding("KI901", "error", message, mend)
        return data, (replace(found, mend=Mend((AddKey((), "apiVersion", wanted),), alike=True)),)
    message = f"there is no apiVersion {written} of {kind}, so it is left out"
    return None, finding("KI901", "error", message, mend)


def _converted(data: Data, kind: str) -> Data:
    spec = data.get("spec")
    if kind != "Ingress" or not isinstance(spec, dict):
        return data
    return {**data, "spec": _ingress_spec(spec)}


def _ingress_spec(spec: dict[str, object]) -> dict[str, object]:
    """Whatever has a wrong shape stays as it is, for the reader to say so."""
    changed = dict(spec)
    if "backend" in changed:
        changed.setdefault("defaultBackend", changed.pop("backend"))
    if "defaultBackend" in changed:
        changed["defaultBackend"] = _backend(changed["defaultBackend"])
    rules = spec.get("rules")
    if isinstance(rules, list):
        changed["rules"] = [_rule(rule) for rule in rules]
    return changed


def _rule(rule: object) -> object:
    http = rule.get("http") if isinstance(rule, dict) else None
    paths = http.get("paths") if isinstance(http, dict) else None
    if not isinstance(rule, dict) or not isinstance(http, dict) or not isinstance(paths, list):
        return rule
    return {**rule, "http": {**http, "paths": [_path(path) for path in paths]}}


def _path(path: object) -> object:
    if not isinstance(path, dict):
        return path
    # What the beta API meant by leaving the type out.
    kind = path.get("pathType") or "ImplementationSpecific"
    return {**path, "pathType": kind, "backend": _backend(path.get("backend"))}


def _backend(backend: object) -> object:
    if not isinstance(backend, dict) or "serviceName" not in backend:
        return backend
    port = backend.get("servicePort")
    # A number in quotes could be no name in v1.
    if isinstance(port, str) and port.isascii() and port.isdigit():
        port = int(port[:6])
    field = "name" if isinstance(port, str) else "number"
    kept = {k: v for k, v in backend.items() if k not in ("serviceName", "servicePort")}
    return {**kept, "service": {"name": backend["serviceName"], "port": {field: port}}}
