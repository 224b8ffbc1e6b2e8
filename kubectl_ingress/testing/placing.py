"""From where a request is sent and to which place on its way: the vantage of one `test`."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.clusterprobe.asked import FromCluster
from kubectl_ingress.core.answer import Answer, Plan, Sent, Unreachable
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.request import Decision
from kubectl_ingress.core.values import Value
from kubectl_ingress.core.vantage import Entrance, Place, Via, place_of, sent_to_pod

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster
    from kubectl_ingress.ports.probe import Prober

# A pod's address that leads nowhere is not waited for longer than this.
_CONNECT_SECONDS = 1.0


class Vantage(Struct, frozen=True):
    """Where requests are sent to and who sends them: this machine where there are no `pods`."""

    via: Via = Via.LB
    pods: FromCluster | None = None

    @property
    def inside(self) -> bool:
        """Whether pods of the cluster send."""
        return self.pods is not None


def with_nodes(cluster: Cluster, snapshot: Snapshot) -> Snapshot:
    """The Snapshot, with the nodes of the cluster. Raises ApiForbidden."""
    from kubectl_ingress.ports import api

    return replace(snapshot, nodes=api.read_snapshot(cluster, ("Node",)).nodes)


def placed(
    plan: Plan,
    vantage: Vantage,
    entrance: Entrance,
    decision: Decision,
    protocol: Value | None,
    mapped: bool,
) -> tuple[Plan, Place] | Finding:
    """The plan led to the place that is meant; why there is none.

    `protocol` is what the controller speaks to pods, None for plain HTTP. `mapped` is
    whether a file says where the cluster's load balancers are, as the lab's does:
    there is no network then in which Services have addresses.
    """
    place = place_of(vantage.via, entrance, decision, inside=vantage.inside)
    if isinstance(place, Finding):
        return place
    if place.via is Via.SERVICE and mapped:
        # Something else may well have that address here.
        text = f"{place.title} is at {place.address}, which leads nowhere in this cluster"
        return Finding("KI640", "error", text, fix="send to its pods: --via controller")
    plan = replace(plan, address=place.address, port=place.port, direct=vantage.via is not Via.LB)
    if vantage.via is Via.POD:
        request = sent_to_pod(decision, protocol)
        # Its certificate, where it has one, is for no name that a client knows.
        plan = replace(plan, request=request, verify=False)
    return plan, place


def prober_of(environment: Environment, cluster: Cluster, vantage: Vantage) -> Prober:
    """Who sends: this machine, or pods of the cluster."""
    if vantage.pods is not None:
        return ClusterProber(environment, cluster, vantage.pods)
    return environment.prober(cluster.connect_to)


@contextmanager
def prober_at(
    environment: Environment, cluster: Cluster, vantage: Vantage, plan: Plan, place: Place
) -> Iterator[tuple[Prober, Plan, Place]]:
    """Who sends, and what it is to send, for as long as the block lasts.

    A pod whose address leads nowhere from here is met through the API server,
    and the Place says so.
    """
    prober = prober_of(environment, cluster, vantage)
    if vantage.inside or not place.pod or _is_near(environment, cluster, plan):
        yield prober, plan, place
        return
    from kubectl_ingress.ports.forward import forwarded

    namespace, _, pod = place.pod.partition("/")
    with forwarded(cluster, namespace, pod, place.port) as (host, port):
        through = replace(place, through="API server")
        yield prober, replace(plan, address=host, port=port, direct=True), through


def _is_near(environment: Environment, cluster: Cluster, plan: Plan) -> bool:
    """Whether this machine is in the network of the pods."""
    # Where the load balancers are not in DNS, it is not.
    seconds = min(_CONNECT_SECONDS, plan.max_time)
    return not cluster.connect_to and environment.reaches(plan.address, plan.port, seconds)


class ClusterProber:
    """A Prober whose requests are sent by pods of the cluster, one Job for each batch."""

    def __init__(self, environment: Environment, cluster: Cluster, pods: FromCluster) -> None:
        self._environment, self._cluster, self._pods = environment, cluster, pods

    def send(self, plan: Plan) -> Answer | Unreachable:
        """See Prober. Raises NotSent and the ApiError tree besides."""
        (sent,) = self.send_all([plan])
        return sent.result

    def send_all(self, plans: Iterable[Plan], *, concurrency: int = 1) -> Iterator[Sent]:
        """See Prober. Each pod sends one after the other, and all of it is known at the end.

        When a request was sent is not told: `at` counts what those before it took.
        """
        from kubectl_ingress.clusterprobe.sending import send_from_cluster

        led = [self._led(plan) for plan in plans]
        at = 0.0
        for index, result in enumerate(
            send_from_cluster(self._environment, self._cluster, led, self._pods)
        ):
            yield Sent(index, at, result)
            at += result.timings.total

    def _led(self, plan: Plan) -> Plan:
        """With the IP where the cluster has a file that says where its load balancers are."""
        if plan.direct or not self._cluster.connect_to:
            return plan
        from kubectl_ingress.ports.connect_to import look_up

        try:
            address, port = look_up(self._cluster.connect_to, plan.address, plan.port)
        except socket.gaierror:
            return plan
        return replace(plan, address=address, port=port)
