"""NetworkPolicies shut the controller out.

What it does
Evaluates the NetworkPolicies of the backend's namespace and of the controller's: selectors of pods
and namespaces, blocks of addresses, ports with their names and ranges, default deny, both
directions. In files without the controller it says only what holds for every controller of another
namespace. What depends on labels or addresses that are not known is not said.

Why it is bad
504 after five seconds, three times over: the connection is dropped without a word. Policies only
add up, so that one more is enough to mend it. (A network plugin without policies ignores them.)

Example

    kind: NetworkPolicy
    metadata: {name: default-deny, namespace: shop}
    spec: {podSelector: {}, policyTypes: [Ingress]}

Use instead

    kind: NetworkPolicy
    metadata: {name: from-ingress-nginx, namespace: shop}
    spec:
      podSelector: {}
      ingress:
      - from:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kubectl_ingress.controllers._backends import pods_of
from kubectl_ingress.core.network_policy import (
    EGRESS,
    NAME_LABEL,
    NetworkPolicy,
    Party,
    Ruling,
    closed_to_others,
    judge_connection,
)
from kubectl_ingress.core.objects import Finding, Ingress, Pod, Service, ServicePort, Workload
from kubectl_ingress.core.text import listed
from kubectl_ingress.lint.remedies import applied
from kubectl_ingress.lint.subject import POD_KINDS, ROUTES, Subject

CODE = "KI622"
NAME = "network-policy"
LEVEL = "error"
READS = (*POD_KINDS, "Namespace", "NetworkPolicy", ROUTES)

# Their load balancers are no pods: whether policies let these in, their addresses decide.
_OUTSIDE = ("alb", "gke")


def check(subject: Subject) -> Iterable[Finding]:
    """Every port that an Ingress sends to, each once for each policy."""
    if subject.snapshot.network_policies:
        yield from dict.fromkeys(_all(_Looking(subject), subject))


def _all(looking: _Looking, subject: Subject) -> Iterator[Finding]:
    for one in subject.routes.backed:
        for pods in pods_of(one.service, looking.snapshot):
            port = _number(one.port, pods)
            if port is None:
                continue
            target = looking.party(pods)
            sources = looking.sources(one.ingress)
            for source in sources:
                ruling = looking.judged(source, target, port)
                if ruling.allowed is False:
                    yield _shut_out(ruling, one.service, (source, target), port)
            if looking.snapshot.offline and not sources:
                ruling = closed_to_others(looking.policies(target.namespace), target, port)
                if ruling.allowed is False:
                    yield _closed(ruling, one.service, port)


class _Looking:
    """One look at all policies, with what is known of both ends."""

    def __init__(self, subject: Subject) -> None:
        self.snapshot = subject.snapshot
        self._routes = subject.routes
        self._policies: dict[str, list[NetworkPolicy]] = {}
        for one in subject.snapshot.network_policies:
            self._policies.setdefault(one.meta.namespace, []).append(one)

    def policies(self, *namespaces: str) -> list[NetworkPolicy]:
        """Those of some namespaces."""
        return [one for name in dict.fromkeys(namespaces) for one in self._policies.get(name, ())]

    def judged(self, source: Party, target: Party, port: int) -> Ruling:
        """Whether one reaches the other."""
        found = self.policies(source.namespace, target.namespace)
        return judge_connection(found, source, target, port)

    def sources(self, ingress: Ingress) -> list[Party]:
        """The pods that requests for an Ingress come from; none where no Service leads to them."""
        found = []
        for running in self._routes.running_for(ingress):
            outside = running.is_gateway_only or running.profile.name in _OUTSIDE
            if running.service is not None and not outside:
                behind = pods_of(running.service, self.snapshot) or (running.workload,)
                found += [self.party(pods) for pods in behind]
        return found

    def party(self, pods: Workload | Pod) -> Party:
        """One end, with the labels of its namespace as far as they are known."""
        name = pods.meta.namespace
        known = self.snapshot.namespace_by_name.get(name)
        labels = {**(known.meta.labels if known else {}), NAME_LABEL: name}
        address = pods.address if isinstance(pods, Pod) else ""
        return Party(
            name,
            pods.pod_labels,
            labels,
            known is not None,
            pods.spec.ports,
            address,
            pods.spec.host_network,
        )


def _number(port: ServicePort, pods: Workload | Pod) -> int | None:
    """The port of the pods, None where no container has one of that name."""
    if isinstance(port.target, str):
        return next((one.number for one in pods.spec.ports if one.name == port.target), None)
    return port.number if port.target is None else port.target


def _shut_out(ruling: Ruling, service: Service, ends: tuple[Party, Party], port: int) -> Finding:
    source, target = ends
    to = f"port {port} of the pods of Service {service.meta.key}"
    names = f"NetworkPolicy {listed([one.meta.key for one in ruling.by])}"
    message = f"{names} shuts the controller in namespace {source.namespace} out of {to}"
    mine, other, way = (target, source, "from")
    selector: Mapping[str, str] = service.selector
    if ruling.direction == EGRESS:
        message = f"{names} keeps the controller in namespace {source.namespace} from {to}"
        mine, other, way, selector = source, target, "to", source.labels
    peer = {"namespaceSelector": {"matchLabels": {NAME_LABEL: other.namespace}}}
    fix = applied(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {
                "name": f"{service.meta.name}-{way}-{other.namespace}",
                "namespace": mine.namespace,
            },
            "spec": {
                "podSelector": {"matchLabels": dict(selector)},
                "policyTypes": [ruling.direction],
                ruling.direction.lower(): [{way: [peer], "ports": [{"port": port}]}],
            },
        }
    )
    return _finding(ruling, "error", message, fix)


def _closed(ruling: Ruling, service: Service, port: int) -> Finding:
    names = f"NetworkPolicy {listed([one.meta.key for one in ruling.by])}"
    message = (
        f"{names} lets no pod of another namespace reach port {port} of the pods of Service"
        f" {service.meta.key}: no controller either, unless it is in this one"
    )
    fix = "let the controller's namespace in: from: - namespaceSelector"
    return _finding(ruling, "warning", message, fix)


def _finding(ruling: Ruling, level: str, message: str, fix: str) -> Finding:
    meta = ruling.by[0].meta
    field = ("spec", "policyTypes")
    return Finding(CODE, level, message, f"NetworkPolicy {meta.key}", meta.origin, fix, field)
