"""Reads everything that the checks look at; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress.core.commands import command
from kubectl_ingress.core.hosts import is_ip
from kubectl_ingress.core.inventory import ControllerEntry, Inventory
from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.lookup import Lookup
from kubectl_ingress.core.objects import Ingress, Snapshot
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.core.why_not import find_ingress
from kubectl_ingress.doctor.case import Case, CertManager, name_of
from kubectl_ingress.doctor.plugins import plugins_on
from kubectl_ingress.errors import ApiForbidden, ApiNotFound, UsageError
from kubectl_ingress.install.detection import providers
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.install.pods import Causes
from kubectl_ingress.inventory.look import look_at
from kubectl_ingress.lint.engine import all_rules
from kubectl_ingress.linting import ALSO, Wanted, lint_live
from kubectl_ingress.livechoice import Live, live_tables
from kubectl_ingress.livetable import read_for_routing
from kubectl_ingress.ports import abreast, api
from kubectl_ingress.ports.names import ask_authority, ask_resolver, ask_system
from kubectl_ingress.providers import Provider

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

_MOST_NAMES = 50
_CERT_MANAGER = "cert-manager.io/v1"
_ACME = "acme.cert-manager.io/v1"
_ISSUERS = (
    Kind("Issuer", _CERT_MANAGER, "issuers"),
    Kind("ClusterIssuer", _CERT_MANAGER, "clusterissuers", namespaced=False),
)


class Examined(Struct, frozen=True):
    """What is examined: one Ingress by its name, else those of a namespace, "" for all.

    `resolvers` are asked for names beside that of the system. `max_time` is in
    seconds for one request, None where none is to be sent.
    """

    namespace: str = ""
    ingress: str = ""
    resolvers: tuple[str, ...] = ()
    max_time: float | None = None

    @property
    def again(self) -> str:
        """The command that examines the same, in the namespace that is the user's own."""
        everywhere = not (self.ingress or self.namespace)
        return command(
            *("ingress", "doctor"),
            *filter(None, (self.ingress, "-A" if everywhere else "")),
            *(word for one in self.resolvers for word in ("--resolver", one)),
            *(("--no-probe",) if self.max_time is None else ()),
        )


class _Reading:
    """Reads lists, and notes what may not be read."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._unread: dict[str, None] = {}

    @property
    def unread(self) -> tuple[str, ...]:
        return tuple(self._unread)

    def list(
        self, kind: Kind, namespace: str = "", fields: str = ""
    ) -> tuple[dict[str, object], ...]:
        try:
            return tuple(api.list_all(self._cluster, kind, namespace, fields=fields))
        except ApiForbidden as error:
            self._unread[error.sentence] = None
        except ApiNotFound:
            # The cluster has no such kind.
            pass
        return ()

    def find(self, kind: Kind, name: str, namespace: str = "") -> Reader | None:
        try:
            found = api.find(self._cluster, kind, name, namespace)
        except ApiForbidden as error:
            self._unread[error.sentence] = None
            return None
        return None if found is None else reader_of(found)

    def causes(self, namespace: str) -> Causes:
        pods, sets, jobs, events = (
            self.list(KINDS[kind], namespace) for kind in ("Pod", "ReplicaSet", "Job", "Event")
        )
        return Causes(pods, sets, jobs, events)


def read_case(environment: Environment, cluster: Cluster, asked: Examined) -> Case:
    """One look. Raises ApiError, and UsageError where there is no such Ingress or namespace."""
    reading = _Reading(cluster)
    snapshot = read_for_routing(cluster, also=ALSO)
    ingresses = _in_question(snapshot, asked)
    manager = _cert_manager(cluster, reading, ingresses)
    live = live_tables(snapshot)
    inventory = look_at(cluster, "", environment.monotonic)
    controllers = _concerned(inventory, live, ingresses, bool(asked.ingress))
    balancers = _balancers(ingresses, controllers)
    hosts = [name_of(rule.host) for one in ingresses for rule in one.rules]
    names = [name for name in dict.fromkeys([*balancers, *hosts]) if name]
    webhooks = tuple(map(reader_of, reading.list(KINDS["ValidatingWebhookConfiguration"])))
    return Case(
        snapshot=snapshot,
        inventory=inventory,
        ingresses=ingresses,
        controllers=controllers,
        live=live,
        report=lint_live(snapshot, live, all_rules(), Wanted("warning")),
        provider=_provider(inventory),
        now=datetime.now(UTC),
        namespace=asked.namespace,
        narrowed=bool(asked.ingress),
        causes=_causes(reading, controllers, ingresses, asked),
        webhooks=webhooks,
        secrets=_webhook_secrets(reading, controllers),
        cert_manager=manager,
        names=_names(environment, cluster, names[:_MOST_NAMES], balancers, asked.resolvers),
        names_left=max(len(names) - _MOST_NAMES, 0),
        plugins=plugins_on(environment.variables),
        unread=reading.unread,
        again=asked.again,
    )


def _in_question(snapshot: Snapshot, asked: Examined) -> tuple[Ingress, ...]:
    if asked.ingress:
        named = asked.ingress
        if asked.namespace and "/" not in named:
            named = f"{asked.namespace}/{named}"
        return (find_ingress(named, snapshot),)
    known = snapshot.namespace_by_name
    # Who may not list them has none.
    if asked.namespace and known and asked.namespace not in known:
        raise UsageError(f"there is no namespace {asked.namespace}", "kubectl get namespaces")
    return tuple(one for one in snapshot.ingresses if asked.namespace in ("", one.meta.namespace))


def _concerned(
    inventory: Inventory, live: Sequence[Live], ingresses: Sequence[Ingress], narrowed: bool
) -> tuple[ControllerEntry, ...]:
    """The controllers that take one of the Ingresses; all where nobody asked for just one."""
    if not narrowed:
        return inventory.controllers
    taking = {
        one.running.workload.meta.key
        for one in live
        if one.running is not None
        and any(taken.meta.key == each.meta.key for taken in one.table.loaded for each in ingresses)
    }
    found = [one for one in inventory.controllers if one.workload and one.workload.key in taking]
    return tuple(found) or inventory.controllers


def _provider(inventory: Inventory) -> Provider:
    known = providers()
    provider = known.get(inventory.provider) or known["cloud"]
    places = [one for one in provider.places if one.name == inventory.place]
    return provider.at(places[0]) if places else provider


def _causes(
    reading: _Reading,
    controllers: Iterable[ControllerEntry],
    ingresses: Sequence[Ingress],
    asked: Examined,
) -> Mapping[str, Causes]:
    """By namespace: of controllers all, of one with Ingresses too; of many just what is said."""
    names = {one.workload.namespace for one in controllers if one.workload}
    if asked.namespace or asked.ingress:
        names |= {one.meta.namespace for one in ingresses}
    found = {name: reading.causes(name) for name in sorted(names)}
    if not names >= {one.meta.namespace for one in ingresses}:
        events = reading.list(KINDS["Event"], fields="involvedObject.kind=Ingress")
        found[""] = Causes(events=events)
    return found


def _webhook_secrets(
    reading: _Reading, controllers: Iterable[ControllerEntry]
) -> Mapping[str, Reader]:
    """The Secrets that pods with a webhook mount, where it does not answer."""
    found = {}
    for one in controllers:
        if one.webhook is None or one.webhook.answers or one.workload is None:
            continue
        place = one.workload
        workload = reading.find(KINDS[place.kind], place.name, place.namespace)
        if workload is None:
            continue
        pod = workload.child("spec").child("template").child("spec")
        for volume in pod.children("volumes"):
            name = volume.child("secret").text("secretName")
            secret = name and reading.find(KINDS["Secret"], name, place.namespace)
            if secret:
                found[f"{place.namespace}/{name}"] = secret
    return found


def _cert_manager(cluster: Cluster, reading: _Reading, ingresses: Sequence[Ingress]) -> CertManager:
    if not any(one.tls for one in ingresses) or not _has_group(cluster, "cert-manager.io"):
        return CertManager()
    namespaces = sorted({one.meta.namespace for one in ingresses if one.tls})

    def every(kind: str, version: str, plural: str) -> tuple[Reader, ...]:
        wanted = Kind(kind, version, plural)
        return tuple(reader_of(x) for name in namespaces for x in reading.list(wanted, name))

    return CertManager(
        True,
        every("Certificate", _CERT_MANAGER, "certificates"),
        every("CertificateRequest", _CERT_MANAGER, "certificaterequests"),
        every("Order", _ACME, "orders"),
        every("Challenge", _ACME, "challenges"),
        tuple(reader_of(one) for kind in _ISSUERS for one in reading.list(kind)),
    )


def _has_group(cluster: Cluster, group: str) -> bool:
    groups = reader_of(cluster.request("GET", "/apis")).children("groups")
    return any(each.text("name") == group for each in groups)


def _balancers(
    ingresses: Sequence[Ingress], controllers: Sequence[ControllerEntry]
) -> tuple[str, ...]:
    """The names and IPs of load balancers."""
    known = [name for entry in controllers for name in entry.addresses]
    return (*known, *(name for one in ingresses for name in one.addresses))


def _names(
    environment: Environment,
    cluster: Cluster,
    wanted: Sequence[str],
    balancers: Sequence[str],
    resolvers: Sequence[str],
) -> dict[str, tuple[Lookup, ...]]:
    """The hosts, and the names of load balancers, as each resolver has them."""
    known = cluster.connect_to

    def asked(name: str) -> tuple[Lookup, ...]:
        # A file that stands in for DNS has the load balancers alone.
        system = (ask_system(name, known),) if not known or name in balancers else ()
        others = () if is_ip(name) else tuple(ask_resolver(name, one) for one in resolvers)
        own = None
        if not known and any(one.missing for one in system):
            # A failed look-up may only be remembered: its zone knows better.
            own = ask_authority(name, environment.names())
        return (*system, *others, *((own,) if own is not None else ()))

    work = [partial(asked, name) for name in wanted]
    return dict(zip(wanted, abreast.begin(work)(), strict=True))
