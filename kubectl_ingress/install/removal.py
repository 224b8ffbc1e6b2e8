"""What goes when an installation is removed, found out without changing anything.

All that bears our mark goes. Two more objects belong to it without a mark: the
Secret with the webhook's certificate, which the Job "create" makes, and the
Lease by which the controller's pods choose a leader. They are taken for its
own by their names in its namespace (it has that for itself), unless they are
older than all that it made there or show the marks of another tool; then they
stay, and are named. A class that another controller serves too is handed over:
it stays, without our mark.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.objects import Ingress
from kubectl_ingress.core.parse import parse_ingress, parse_service, parse_workload
from kubectl_ingress.errors import ApiForbidden, ApiNotFound
from kubectl_ingress.install.belongings import WORKLOADS, Belongings
from kubectl_ingress.install.contents import contents
from kubectl_ingress.install.live import Live, reader_of, title_of
from kubectl_ingress.install.owners import owner_of
from kubectl_ingress.install.permissions import LEADER
from kubectl_ingress.install.rights import Need, require
from kubectl_ingress.install.settings import ADMISSION_NAME
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

LEASE = Kind("Lease", "coordination.k8s.io/v1", "leases")
ByProducts = Sequence[tuple[Kind, str]]
_BY_PRODUCTS: ByProducts = ((KINDS["Secret"], ADMISSION_NAME), (LEASE, LEADER))
_WITHOUT_CLASS = "--watch-ingress-without-class=true"
_FIRST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "IngressClass")
# So many are named; more are counted.
_NAMED = 5


class Removal(Struct, frozen=True):
    """All that goes, and what is said about it.

    `by_products` belong to it without a mark. `namespace` is its Namespace,
    None where others made that. `stays` is why the namespace will be kept as it
    looks now, "" where it goes. `left` names what looks like its own and is not,
    `kept` what is its own and stays all the same, each with why. `kinds` are
    those of its objects that not every cluster serves. `served` are the names of
    its classes that another controller serves too, each with whose they are.
    """

    belongings: Belongings
    by_products: tuple[Live, ...] = ()
    namespace: Live | None = None
    stays: str = ""
    left: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    kinds: Mapping[tuple[str, str], Kind] = field(default_factory=dict)
    served: Mapping[str, str] = field(default_factory=dict)

    def kind_of(self, live: Live) -> Kind:
        """The kind of an object that may go."""
        name = str(live["kind"])
        found = self.kinds.get((str(live["apiVersion"]), name))
        return found or (LEASE if name == LEASE.name else KINDS[name])

    @property
    def handed_over(self) -> tuple[Live, ...]:
        """The classes that stay, for whom else they serve."""
        return tuple(filter(self._is_served, self.belongings.of_kind("IngressClass")))

    @property
    def first(self) -> tuple[Live, ...]:
        """The webhook first, since without its Service it would refuse every Ingress; what runs."""
        return self._reversed(*_FIRST, "Job", *WORKLOADS)

    @property
    def rest(self) -> tuple[Live, ...]:
        """What goes when nothing of it runs any more: nobody can make a by-product anew."""
        done = {id(each) for each in self.first}
        kinds = {str(o["kind"]) for o in self.belongings.objects if id(o) not in done}
        return (*self.by_products, *self._reversed(*(kinds - {"Namespace"})))

    @property
    def objects(self) -> tuple[Live, ...]:
        """All of them, in the order in which they go."""
        last = () if self.namespace is None or self.stays else (self.namespace,)
        return (*self.first, *self.rest, *last)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of load balancers that are given up."""
        services = map(parse_service, map(reader_of, self.belongings.of_kind("Service")))
        return tuple(address for service in services for address in service.addresses)

    def _reversed(self, *kinds: str) -> tuple[Live, ...]:
        found = self.belongings.of_kind(*kinds)
        return tuple(each for each in reversed(found) if not self._is_served(each))

    def _is_served(self, live: Live) -> bool:
        return live["kind"] == "IngressClass" and reader_of(live).meta().name in self.served


def plan_removal(
    cluster: Cluster,
    belongings: Belongings,
    by_products: ByProducts = _BY_PRODUCTS,
    kept: tuple[str, ...] = (),
    kinds: Mapping[tuple[str, str], Kind] | None = None,
    beside: Sequence[Live] = (),
) -> Removal:
    """Find out what goes. Raises ApiForbidden with all rights that are missing.

    `beside` are objects of the same installation that somebody else removes before.
    """
    found, left = _by_products(cluster, (*belongings.objects, *beside), belongings, by_products)
    namespaces = belongings.of_kind("Namespace")
    namespace = namespaces[0] if namespaces else None
    ours = (*belongings.objects, *found, *beside)
    stays = why_it_stays(cluster, belongings.namespace, ours) if namespace is not None else ""
    removal = Removal(belongings, found, namespace, stays, left, kept, kinds or {})
    require(cluster, _needs(removal))
    return removal


def leave_classes(cluster: Cluster, removal: Removal, served: Mapping[str, str]) -> Removal:
    """With these classes handed over to whom they serve. Raises ApiForbidden."""
    require(cluster, [Need("patch", KINDS["IngressClass"], "", name) for name in served])
    return replace(removal, served=served)


def why_it_stays(cluster: Cluster, namespace: str, ours: Sequence[Live] = ()) -> str:
    """What keeps a namespace: all that it holds but these. "" where nothing does."""
    going = {reader_of(each).meta().uid for each in ours}
    held = contents(cluster, namespace)
    others = [each for each in held.objects if reader_of(each).meta().uid not in going]
    if others:
        return f"it holds {_some([title_of(each) for each in others])}"
    if held.unknown:
        return f"it could not be seen whether it holds any {_some(held.unknown)}"
    return ""


def losing(
    cluster: Cluster, belongings: Belongings, served: Collection[str] = ()
) -> tuple[str, ...] | None:
    """``namespace/name`` of the Ingresses that lose their controller; None if not readable.

    `served` are the names of classes that another controller serves too.
    """
    try:
        found = api.list_all(cluster, KINDS["Ingress"])
    except ApiForbidden:
        return None
    args = [parse_workload(reader_of(each)).args for each in belongings.of_kind(*WORKLOADS)]
    takes_all = any(_WITHOUT_CLASS in each for each in args)
    classes = {*belongings.classes} - {*served}

    def loses(ingress: Ingress) -> bool:
        return class_of(ingress) in classes if class_of(ingress) else takes_all

    return tuple(each.meta.key for each in map(parse_ingress, map(reader_of, found)) if loses(each))


def _by_products(
    cluster: Cluster, objects: Sequence[Live], belongings: Belongings, named: ByProducts
) -> tuple[tuple[Live, ...], tuple[str, ...]]:
    """The two that are its own, and the titles of those that only have the names."""
    here = [each for each in objects if reader_of(each).meta().namespace]
    if not here:
        return (), ()
    oldest = min(reader_of(each).meta().created for each in here)
    ours: list[Live] = []
    left: list[str] = []
    for kind, name in named:
        live = _find(cluster, kind, name, belongings.namespace)
        if live is None:
            continue
        owner = owner_of(live)
        marked = owner.helm or owner.watches or owner.applied or owner.title.startswith("kubectl")
        if marked or reader_of(live).meta().created < oldest:
            left.append(title_of(live))
        else:
            ours.append(live)
    return tuple(ours), tuple(left)


def _find(cluster: Cluster, kind: Kind, name: str, namespace: str) -> Live | None:
    try:
        return api.get(cluster, kind, name, namespace)
    except ApiNotFound:
        return None


def _needs(removal: Removal) -> Iterator[Need]:
    # Whether the namespace stays is decided at the end.
    for live in (*removal.objects, *removal.belongings.of_kind("Namespace")):
        kind, meta = removal.kind_of(live), reader_of(live).meta()
        # That it is gone is seen by looking.
        for verb in ("delete", "get"):
            yield Need(verb, kind, meta.namespace if kind.namespaced else "", meta.name)
    if removal.belongings.namespace:
        for name in ("Pod", "ReplicaSet"):
            yield Need("list", KINDS[name], removal.belongings.namespace)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
