"""What this program has made in a cluster, and to which installation each object belongs.

Found by our mark alone, whatever an object is called: so what an older or an
interrupted installation made is found as well. What has no namespace says by
its content where it belongs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.parse import parse_workload
from kubectl_ingress.errors import ApiForbidden
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.install.settings import CLASS, NAMESPACE
from kubectl_ingress.install.which import APP, class_of, is_installation
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

# In the order in which they are made.
MADE = tuple(
    KINDS[name]
    for name in (
        "Namespace",
        "ServiceAccount",
        "Role",
        "ClusterRole",
        "RoleBinding",
        "ClusterRoleBinding",
        "ConfigMap",
        "Service",
        "Deployment",
        "DaemonSet",
        "Job",
        "IngressClass",
        "ValidatingWebhookConfiguration",
    )
)
WORKLOADS = ("Deployment", "DaemonSet")


class Belongings(Struct, frozen=True):
    """All marked objects of one installation, in the order in which they are made.

    `namespace` is "" for an IngressClass of which nothing tells whose it is.
    """

    namespace: str
    classes: tuple[str, ...]
    objects: tuple[Live, ...]

    def of_kind(self, *kinds: str) -> tuple[Live, ...]:
        """Its objects of these kinds."""
        return tuple(each for each in self.objects if each["kind"] in kinds)


def find_belongings(cluster: Cluster, namespace: str = "") -> tuple[Belongings, ...]:
    """The installations of the cluster, or of one namespace; what is left of one counts.

    Objects without the usual labels are found where the namespace is given.
    Raises ApiForbidden where not all of these kinds may be listed.
    """
    found = [live for kind in MADE for live in _marked(cluster, kind, namespace)]
    classes = _classes_by_namespace(found)
    homes: dict[str, list[Live]] = {}
    for live in found:
        homes.setdefault(_home(live, found, classes), []).append(live)
    return tuple(
        Belongings(home, _classes(home, objects, classes), tuple(objects))
        for home, objects in sorted(homes.items())
        if namespace in ("", home)
    )


def _marked(cluster: Cluster, kind: Kind, namespace: str) -> list[Live]:
    if not kind.namespaced:
        return list(filter(is_installation, api.list_all(cluster, kind)))
    there = api.list_all(cluster, kind, namespace) if namespace else []
    try:
        # Of other namespaces only what has our label: there may be very much else.
        elsewhere = api.list_all(cluster, kind, labels=APP)
    except ApiForbidden:
        if not namespace:
            raise
        elsewhere = []
    there += [each for each in elsewhere if reader_of(each).meta().namespace != namespace]
    return list(filter(is_installation, there))


def _classes_by_namespace(found: Sequence[Live]) -> dict[str, str]:
    """Which class the workloads serve."""
    return {
        reader_of(live).meta().namespace: class_of(parse_workload(reader_of(live)).args)
        for live in found
        if live["kind"] in WORKLOADS
    }


def _home(live: Live, found: Sequence[Live], classes: dict[str, str]) -> str:
    reader, kind = reader_of(live), str(live["kind"])
    if kind == "Namespace":
        return reader.meta().name
    if KINDS[kind].namespaced:
        return reader.meta().namespace
    if kind == "IngressClass":
        return _home_of_class(reader.meta().name, found, classes)
    if kind == "ClusterRole":
        for each in found:
            bound = reader_of(each).child("roleRef")
            if each["kind"] == "ClusterRoleBinding" and bound.text("name") == reader.meta().name:
                return _home(each, found, classes)
    places = [subject.text("namespace") for subject in reader.children("subjects")]
    hooks = [hook.child("clientConfig") for hook in reader.children("webhooks")]
    places += [hook.child("service").text("namespace") for hook in hooks]
    return next(filter(None, places), _home_by_name(reader.meta().name))


def _home_by_name(name: str) -> str:
    """See Settings.cluster_wide, which gave the name."""
    return name.partition(".")[2] or NAMESPACE


def _home_of_class(name: str, found: Sequence[Live], classes: dict[str, str]) -> str:
    serving = [namespace for namespace, served in classes.items() if served == name]
    if serving:
        return serving[0]
    # Its workload is gone: then it is of an installation that has none.
    places = {_home(each, (), {}) for each in found if each["kind"] != "IngressClass"}
    without = places - classes.keys()
    if len(without) == 1:
        return next(iter(without))
    return NAMESPACE if name == CLASS else ""


def _classes(home: str, objects: Sequence[Live], classes: dict[str, str]) -> tuple[str, ...]:
    named = [reader_of(each).meta().name for each in objects if each["kind"] == "IngressClass"]
    return tuple(dict.fromkeys([*([classes[home]] if home in classes else []), *named]))
