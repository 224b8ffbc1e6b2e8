"""Which provider: from names that are typed, and from what nodes say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_ingress.errors import UsageError
from kubectl_ingress.install.detection import (
    Nodes,
    choose,
    fitting,
    named,
    providers,
    read_nodes,
    what_nodes_say,
)
from kubectl_ingress.providers import Place
from tests.fakes import FakeCluster
from tests.providers.upstream import ROOT

FACTS = ROOT.parent / "shared/data/facts/node-detection.json"
NOT_THERE = f"NOT COMPARED with the facts: {FACTS} is not there"
TYPED = {
    "aws": "aws eks AWS",
    "aws-nlb-tls": "aws-nlb-tls",
    "cloud": "cloud gke gcp aks azure hetzner docker-desktop orbstack k3s k3d rancher-desktop "
    "linode vultr civo openstack ibm colima",
    "do": "do digitalocean doks",
    "exoscale": "exoscale sks",
    "kind": "kind",
    "oracle": "oracle oke oci",
    "scw": "scw scaleway kapsule",
    "baremetal": "baremetal minikube microk8s kubeadm generic rke2 vsphere",
}
# What the facts call a place, where users say it otherwise.
FACTS_NAMES = {"hetzner-robot": "hetzner", "docker-desktop-kind": "docker-desktop"}


@pytest.mark.parametrize(
    ("provider", "name"), [(p, name) for p, names in TYPED.items() for name in names.split()]
)
def test_what_users_type_leads_to_a_provider(provider, name):
    assert named(name).name == provider


def test_no_name_leads_to_two_providers():
    seen: dict[str, Place] = {}
    for provider in providers().values():
        for place in provider.places if provider.detected else ():
            for name in (place.name, *place.also):
                assert name not in seen, name
                # The provider of that name, if there is one, is this one.
                assert name not in providers() or name == provider.name
                seen[name] = place


def test_an_unknown_name_is_answered_with_the_list_and_a_guess():
    with pytest.raises(UsageError, match='unknown provider "azur"; did you mean "azure"') as caught:
        named("azur")
    known, *rest = caught.value.next_step.splitlines()
    assert known == f"known: {', '.join(providers())}"
    assert "gke" in " ".join(rest)
    assert max(map(len, rest)) <= 100


def test_each_place_says_what_is_particular():
    assert "health-probe-request-path: /healthz" in named("aks").hint
    assert "Traefik" in named("k3s").hint
    assert "Traefik" in named("rancher-desktop").hint
    assert "minikube tunnel" in named("minikube").hint
    assert "extraPortMappings" in named("kind").hint
    assert "MetalLB" in named("kubeadm").hint
    assert "8443" in named("gke").hint
    assert named("gke").named_by == "Google"
    assert named("eks").named_by == "AWS"


def all_facts() -> list[tuple[str, Nodes]]:
    """Each mark of the facts, as nodes that have it: what they name, and the nodes."""
    if not FACTS.exists():
        return []
    facts = json.loads(FACTS.read_text())
    found = [
        (name, Nodes((f"{start}x/y",), count=1)) for start, name in facts["providerID"].items()
    ]
    found += [
        (name, Nodes(labels=frozenset({f"{key}=x"}), count=1))
        for key, name in facts["labels"].items()
    ]
    found += [
        (name, Nodes(labels=frozenset({f"{key}={value}"}), count=1))
        for key, values in facts["labels_value"].items()
        for value, name in values.items()
    ]
    found += [
        (name, Nodes(annotations=frozenset({f"{key}=x"}), count=1))
        for key, name in facts["annotations"].items()
    ]
    return found + [
        (name, Nodes(names=frozenset({key}), count=1)) for key, name in facts["node_names"].items()
    ]


@pytest.mark.skipif(not FACTS.exists(), reason=NOT_THERE)
@pytest.mark.parametrize(("name", "nodes"), all_facts())
def test_every_mark_of_the_facts_leads_to_the_place_that_they_name(name, nodes):
    name = FACTS_NAMES.get(name, name)
    (found,) = fitting(nodes)
    assert found.place is not None
    assert name in (found.place.name, *found.place.also, found.name)
    assert found.name == named(name).name


def nodes(**changes: Any) -> Nodes:
    return Nodes(
        **{
            "count": 1,
            **{k: v if k == "provider_ids" else frozenset(v) for k, v in changes.items()},
        }
    )


@pytest.mark.parametrize(
    ("found", "provider", "place"),
    [
        # A name says more than a provider ID: Docker Desktop's kind has load balancers.
        (
            nodes(names={"desktop-control-plane"}, provider_ids=("kind://a/b",)),
            "cloud",
            "docker-desktop",
        ),
        (nodes(names={"minikube"}), "baremetal", "minikube"),
        # A label of the provider says more too.
        (
            nodes(labels={"eks.amazonaws.com/nodegroup=a"}, provider_ids=("aws:///x/i",)),
            "aws",
            "aws",
        ),
        # A distribution on somebody's machines: their cloud makes the load balancers.
        (nodes(annotations={"k3s.io/hostname=a"}, provider_ids=("aws:///x/i",)), "aws", "aws"),
        (nodes(annotations={"k3s.io/hostname=a"}, provider_ids=("k3s://a",)), "cloud", "k3s"),
        (nodes(annotations={"k3s.io/hostname=a"}), "cloud", "k3s"),
        (
            nodes(annotations={"rke2.io/hostname=a"}, provider_ids=("rke2://a",)),
            "baremetal",
            "rke2",
        ),
        # A label's key is no beginning of another's.
        (nodes(labels={"microk8s.io/cluster=true"}), "baremetal", "microk8s"),
    ],
)
def test_what_is_more_particular_counts_first(found, provider, place):
    (chosen,) = fitting(found)
    assert chosen.name == provider
    assert chosen.place is not None
    assert chosen.place.name == place


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (Nodes(), "there are no nodes"),
        (nodes(), "nodes have no spec.providerID"),
        (nodes(provider_ids=("nifcloud://a/b",)), "nodes say nifcloud://a/…"),
        (nodes(labels={"minikube.k8s.io/namesake=x"}), "no spec.providerID"),
    ],
)
def test_an_unknown_cluster_is_told_with_the_list(found, says):
    with pytest.raises(UsageError, match="provider of this cluster is not known") as caught:
        choose(found)
    assert says in caught.value.sentence
    assert "--provider NAME" in caught.value.next_step
    assert "known: aws, " in caught.value.next_step
    assert "baremetal" in caught.value.next_step


def test_nodes_of_several_providers_are_told_and_not_chosen_from():
    several = nodes(provider_ids=("aws:///a/i", "gce://p/z/n"))
    with pytest.raises(UsageError, match="several providers, aws and cloud: nodes say aws:///a/…"):
        choose(several)


def test_two_places_of_one_provider_are_that_provider():
    chosen = choose(nodes(provider_ids=("gce://p/z/n", "azure:///s")))
    assert (chosen.name, chosen.place) == ("cloud", None)


def test_the_way_that_is_only_taken_when_named_is_never_detected():
    assert [each.name for each in fitting(nodes(provider_ids=("aws:///a/i",)))] == ["aws"]


def test_nodes_are_read_with_what_tells_and_nothing_breaks_it():
    def node(name: str, **status: Any) -> dict[str, Any]:
        meta = {"name": name, "labels": {"a": "b"}, "annotations": {"c": "d"}}
        spec = {"providerID": f"x://{name}"}
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": meta,
            "spec": spec,
            "status": status,
        }

    inside = {"type": "InternalIP", "address": "10.0.0.1"}
    outside = {"type": "ExternalIP", "address": "192.0.2.1"}
    odd = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n3"}, "spec": [], "status": 3}
    one, two = node("n1", addresses=[inside]), node("n2", addresses=[inside, outside, 7])
    found = read_nodes(FakeCluster([one, two, odd]))
    assert found.provider_ids == ("x://n1", "x://n2")
    assert (found.labels, found.annotations) == (frozenset({"a=b"}), frozenset({"c=d"}))
    assert found.names == {"n1", "n2", "n3"}
    assert found.addresses == ("192.0.2.1",)
    assert read_nodes(FakeCluster([one])).addresses == ("10.0.0.1",)
    assert what_nodes_say(found) == "nodes say x://…"
