"""What is installed, read back from the objects of an installation.

Nothing records how an installation was asked for: its objects say it. The
provider is in them too: all that a provider makes different can be read from
the Service, the ConfigMap and the workload, and is kept as it is. Which
provider has it so is only asked for its name and for what is said about its
load balancers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.parse import Reader, parse_service
from kubectl_ingress.install.detection import providers
from kubectl_ingress.install.field_owners import our_entry, owns
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.install.settings import (
    ADMISSION_NAME,
    CLASS,
    CONTROLLER_NAME,
    INSTALLED_BY,
    Settings,
)
from kubectl_ingress.install.versions import LATEST, REGISTRY, VERSIONS, Version
from kubectl_ingress.ports import api
from kubectl_ingress.providers import Options, Port, Provider, Surroundings, Toleration, Variant

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_VERSION = "app.kubernetes.io/version"
_WEBHOOKS = KINDS["ValidatingWebhookConfiguration"]
# What the API server puts in where a webhook names no timeout.
_USUAL_TIMEOUT = 10
# The flags that every installation has, whatever its provider.
USUAL_FLAGS = frozenset(
    {
        "--publish-service",
        "--election-id",
        "--controller-class",
        "--ingress-class",
        "--configmap",
        "--validating-webhook",
        "--validating-webhook-certificate",
        "--validating-webhook-key",
    }
)
_RELEASE = re.compile(
    r"/ingress-nginx/controller:v(?P<number>[^@]+)@(?P<digest>sha256:[0-9a-f]{64})", re.ASCII
)
_USUAL_PORTS = frozenset({"http", "https", "webhook"})


class Parts(Struct, frozen=True):
    """The objects that tell, None for those that are gone.

    `template` is the pod template that is looked at.
    """

    workload: Live
    template: Live
    service: Live | None
    config: Live | None
    webhook: Live | None

    @property
    def container(self) -> Reader:
        """The controller's container."""
        found = reader_of(self.template).child("spec").children("containers")
        named = [each for each in found if each.text("name") == "controller"]
        return next(iter([*named, *found]), reader_of(None))


class Installed(Struct, frozen=True):
    """An installation as it is.

    `provider` is None where no provider would have it so, or its Service is
    gone, which would tell; its settings' variant means nothing then.
    """

    settings: Settings
    parts: Parts
    provider: Provider | None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Names or IPs of its load balancer."""
        return parse_service(reader_of(self.parts.service)).addresses


def read_back(cluster: Cluster, workload: Live) -> Installed:
    """The installation that has this workload."""
    namespace = reader_of(workload).meta().namespace
    hook = Settings(namespace=namespace).cluster_wide(ADMISSION_NAME)
    parts = Parts(
        workload,
        template=reader_of(workload).child("spec").child("template").data,
        service=api.find(cluster, KINDS["Service"], CONTROLLER_NAME, namespace),
        config=api.find(cluster, KINDS["ConfigMap"], CONTROLLER_NAME, namespace),
        webhook=api.find(cluster, _WEBHOOKS, hook),
    )
    settings = settings_of(parts)
    return Installed(settings, parts, recognise(parts, settings.variant))


def settings_of(parts: Parts) -> Settings:
    """What would have to be asked for to get these objects."""
    labels = reader_of(parts.template).child("metadata").string_map("labels")
    running = parts.container.text("image")
    version = _version(labels.get(_VERSION, ""), running)
    registry = running.removesuffix(version.controller.reference(""))
    # The release's own, from whatever registry, or else an image of one's own.
    is_release = registry != running
    spec, entry = reader_of(parts.workload).child("spec"), our_entry(parts.workload)
    # Where we did not set it, it is an autoscaler's, or the hand's of whoever scaled it.
    ours = entry is not None and owns(entry, "spec", "replicas")
    return Settings(
        variant=variant_of(parts),
        version=version,
        namespace=reader_of(parts.workload).meta().namespace,
        class_name=argument(parts.container, "--ingress-class") or CLASS,
        replicas=spec.number("replicas") if ours else None,
        image="" if is_release else running,
        registry=registry if is_release else REGISTRY,
    )


def argument(container: Reader, flag: str) -> str:
    """The value of ``--flag=value`` among a container's arguments, "" where it is not there."""
    for each in container.strings("args"):
        name, _, value = each.partition("=")
        if name == flag:
            return value
    return ""


def variant_of(parts: Parts) -> Variant:
    """What these objects differ in from others' because of their provider."""
    service, pod = reader_of(parts.service).child("spec"), reader_of(parts.template).child("spec")
    flags = [each for each in parts.container.strings("args") if each.startswith("--")]
    ports = parts.container.children("ports")
    grace = pod.number("terminationGracePeriodSeconds")
    annotations = _ours(parts.service, "metadata", "annotations")
    local = service.text("externalTrafficPolicy") == "Local"
    return Variant(
        service_type="NodePort" if service.text("type") == "NodePort" else "LoadBalancer",
        service_annotations={k: v for k, v in annotations.items() if k != INSTALLED_BY},
        service_ports=tuple(map(_service_port, service.children("ports"))),
        external_traffic_policy="Local" if local else "",
        config=_ours(parts.config, "data") or None,
        publish_service=any(flag.startswith("--publish-service=") for flag in flags),
        extra_args=tuple(each for each in flags if each.partition("=")[0] not in USUAL_FLAGS),
        more_ports=tuple(
            (port.text("name"), port.number("containerPort") or 0)
            for port in ports
            if port.text("name") not in _USUAL_PORTS
        ),
        host_ports=any(port.number("hostPort") for port in ports),
        workload="DaemonSet" if parts.workload["kind"] == "DaemonSet" else "Deployment",
        grace_seconds=Variant().grace_seconds if grace is None else grace,
        tolerations=tuple(
            Toleration(each.text("key"), each.text("effect"))
            for each in pod.children("tolerations")
        ),
        webhook_timeout=_webhook_timeout(parts.webhook),
    )


def recognise(parts: Parts, variant: Variant) -> Provider | None:
    """The provider that has all of its own particulars there; the one with most of several."""
    if parts.service is None:
        return None
    there = _particulars(
        reader_of(parts.service).meta().annotations,
        reader_of(parts.config).string_map("data"),
    )
    found: list[tuple[int, str, Provider]] = []
    for provider in providers().values():
        sample = provider.variant(Surroundings(), Options(False, "any", "any"))
        wanted = _particulars(sample.service_annotations, sample.config or {})
        if _shape(sample) == _shape(variant) and wanted <= there:
            found.append((len(wanted), provider.name, provider))
    return max(found)[2] if found else None


def _particulars(annotations: Mapping[str, str], config: Mapping[str, str]) -> frozenset[str]:
    return frozenset({*annotations, *(f"data {key}" for key in config)})


def _shape(variant: Variant) -> tuple[object, ...]:
    return (
        variant.service_type,
        variant.workload,
        variant.host_ports,
        variant.publish_service,
        variant.more_ports,
    )


def _version(number: str, image: str) -> Version:
    """The release of this number, whether or not this program can install it."""
    if number in VERSIONS:
        return VERSIONS[number]
    found = _RELEASE.search(image)
    own = found is not None and found["number"] == number
    digest = found["digest"] if found is not None and own else ""
    controller = replace(LATEST.controller, tag=f"v{number}", digest=digest)
    # Which Kubernetes it was made for is not known, and it runs already.
    return replace(LATEST, number=number, controller=controller, oldest=(0, 0), newest=(99, 99))


def _ours(live: Live | None, *path: str) -> dict[str, str]:
    """The entries of a map that we have applied, without those of anybody else."""
    reader = reader_of(live)
    for name in path[:-1]:
        reader = reader.child(name)
    entries = reader.string_map(path[-1])
    entry = our_entry(live) if live is not None else None
    if entry is None:
        return entries
    return {key: value for key, value in entries.items() if owns(entry, *path, key)}


def _service_port(port: Reader) -> Port:
    # A number there is none of ours.
    target = port.data.get("targetPort")
    return Port(port.text("name"), port.number("port") or 0, str(target or port.text("name")))


def _webhook_timeout(webhook: Live | None) -> int | None:
    seconds = [hook.number("timeoutSeconds") for hook in reader_of(webhook).children("webhooks")]
    return next((each for each in seconds if each not in (None, _USUAL_TIMEOUT)), None)
