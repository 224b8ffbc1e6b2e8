"""Taking over an ingress-nginx that somebody else installed: ``install --adopt``.

Its objects stay, with their uids and addresses. What they say is set to what
ours would say by a forced server-side apply; what ours do not speak of stays
as it is. Two objects are handled with care: the controller's Service and its
ConfigMap. A load balancer may be made anew, with another address, when an
annotation of its Service changes, and the PROXY protocol must be on at both of
its ends. So where these two are not as ours would be, their settings stay as
they are, at every later installation too: that we never applied the Service's
``spec.type`` tells.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import ApiConflict, NotOurs
from kubectl_ingress.install.detection import providers
from kubectl_ingress.install.field_owners import handed_over, our_entry, owns
from kubectl_ingress.install.live import Live, is_ours, reader_of, title_of
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.owners import Owner, owner_of
from kubectl_ingress.install.provider_flags import provider_flags
from kubectl_ingress.install.settings import (
    ADMISSION_NAME,
    CLASS,
    CONTROLLER_NAME,
    INSTALLED_BY,
    NAME,
    NAMESPACE,
    WEBHOOK_NAME,
    Settings,
)
from kubectl_ingress.install.versions import LATEST, REGISTRY
from kubectl_ingress.ports import api
from kubectl_ingress.ports.answers import FieldsOwned
from kubectl_ingress.providers import Options, Provider, Surroundings

if TYPE_CHECKING:
    from kubectl_ingress.install.plan import Step
    from kubectl_ingress.ports.cluster import Cluster

# A controller that writes its status at the same moment.
_TRIES = 5
_BALANCER = {("Service", CONTROLLER_NAME), ("ConfigMap", CONTROLLER_NAME)}
_WEBHOOKS = KINDS["ValidatingWebhookConfiguration"]

CARE = (
    f"Service and ConfigMap {CONTROLLER_NAME} keep their settings, so that the load balancer keeps "
    "its address; to have ours, delete this Service and install again (the address changes)"
)
"""Said wherever the settings of these two are not ours."""


def command(settings: Settings, provider: Provider | None = None) -> str:
    """What to type to take this installation over; without `provider` its flags come on top."""
    words = ["kubectl", "ingress", "install", "--adopt"]
    if settings.namespace != NAMESPACE:
        words += ["--namespace", settings.namespace]
    if settings.class_name != CLASS:
        words += ["--class", settings.class_name]
    if settings.version != LATEST:
        words += ["--version", settings.version.number]
    if settings.image:
        words += ["--image", settings.image]
    if settings.registry != REGISTRY:
        words += ["--registry", settings.registry]
    if settings.replicas is not None:
        words += ["--replicas", str(settings.replicas)]
    if provider is not None:
        words += ["--provider", provider.name, *provider_flags(settings, provider)]
    return shlex.join(words)


def is_balancer(manifest: Manifest) -> bool:
    """Whether it is one of the two objects that are handled with care."""
    return (str(manifest["kind"]), reader_of(manifest).meta().name) in _BALANCER


def keeps_balancer(service: Live | None) -> bool:
    """Whether we took over this Service and left its settings as they were."""
    entry = our_entry(service) if service is not None and is_ours(service) else None
    return entry is not None and not owns(entry, "spec", "type")


def is_touched(live: Live | None, answer: Live | None) -> bool:
    """Whether one of the two would be changed in what its load balancer depends on."""
    return answer is None or _settings_of(live) != _settings_of(answer)


def _settings_of(obj: Live | None) -> tuple[object, ...]:
    reader = reader_of(obj)
    annotations = {k: v for k, v in reader.meta().annotations.items() if k != INSTALLED_BY}
    spec = {k: v for k, v in reader.child("spec").data.items() if k != "selector"}
    return annotations, spec, dict(reader.child("data").data)


def without_balancer(manifest: Manifest) -> Manifest:
    """One of the two objects without all that its load balancer depends on."""
    meta = {**reader_of(manifest).child("metadata").data}
    annotations = reader_of(manifest).meta().annotations
    mark = {key: value for key, value in annotations.items() if key == INSTALLED_BY}
    kept: Manifest = {**manifest, "metadata": {**meta, "annotations": mark}}
    kept.pop("data", None)
    if "spec" in kept:
        # Without it the Service would lead to pods of nobody.
        kept["spec"] = {"selector": reader_of(manifest).child("spec").data.get("selector")}
    return kept


def belongs(namespace: Live) -> bool:
    """Whether a Namespace was made as a part of the installation, as upstream's manifests do."""
    return reader_of(namespace).meta().labels.get("app.kubernetes.io/name") == NAME


def check_adoption(
    cluster: Cluster, settings: Settings, pairs: Iterable[tuple[Manifest, Live | None]]
) -> None:
    """Raise NotOurs, with the reason and how to migrate, for what cannot be taken over."""
    for manifest, live in pairs:
        if live is None or is_ours(live):
            continue
        if manifest["kind"] == settings.variant.workload:
            _check_selector(manifest, live)
        elif manifest["kind"] == "Service" and is_balancer(manifest):
            _check_type(manifest, live)
    mine = settings.cluster_wide(ADMISSION_NAME)
    for webhook in api.list_all(cluster, _WEBHOOKS):
        if reader_of(webhook).meta().name != mine and _asks(webhook, settings.namespace):
            named = f"{title_of(webhook)} asks this controller, and ours would be called {mine}"
            raise cannot(named, owner_of(webhook), settings.namespace)


def cannot(why: str, owner: Owner, namespace: str) -> NotOurs:
    """The refusal of an adoption: why, and the way around it."""
    _, _, release = owner.helm.partition("/")
    gone = f"helm uninstall {release} -n {namespace}" if release else "remove the old one"
    by = f" ({owner.title})" if owner.title else ""
    return NotOurs(
        f"this installation cannot be taken over (KI708): {why}{by}; nothing was changed",
        "install beside it: kubectl ingress install --namespace NAME --class NAME\n"
        f"move its Ingresses to that class, then {gone}",
    )


def _check_selector(manifest: Manifest, live: Live) -> None:
    def selected(obj: Live) -> dict[str, str]:
        return reader_of(obj).child("spec").child("selector").string_map("matchLabels")

    if selected(manifest) != selected(live):
        said = ", ".join(f"{key}={value}" for key, value in sorted(selected(live).items()))
        why = f"{title_of(live)} selects its pods by {said}, which Kubernetes lets nobody change"
        raise cannot(why, owner_of(live), reader_of(live).meta().namespace)


def _check_type(manifest: Manifest, live: Live) -> None:
    ours = reader_of(manifest).child("spec").text("type")
    theirs = reader_of(live).child("spec").text("type") or "ClusterIP"
    if ours == theirs:
        return
    fitting = [
        name
        for name, provider in providers().items()
        if not provider.needs
        and provider.variant(Surroundings(known=False), Options()).service_type == theirs
    ]
    raise NotOurs(
        f"{title_of(live)} is of type {theirs}, and ours would make it {ours}, which changes its "
        "address (KI708); nothing was changed",
        f"name a provider that has it so: --provider {' or '.join(fitting)}"
        if fitting
        else f"make it so first: kubectl -n {reader_of(live).meta().namespace} edit service "
        f"{CONTROLLER_NAME}",
    )


def _asks(webhook: Live, namespace: str) -> bool:
    return any(
        hook.text("name") == WEBHOOK_NAME
        and hook.child("clientConfig").child("service").text("namespace") == namespace
        for hook in reader_of(webhook).children("webhooks")
    )


def advice(found: Sequence[Live]) -> tuple[str, ...]:
    """What the old owners of objects may still do to them, one sentence each."""
    owners = list(dict.fromkeys(map(owner_of, found)))
    said = [
        f"{owner.title} sets its objects back by itself: take them out there first"
        for owner in owners
        if owner.watches
    ]
    for release in dict.fromkeys(owner.helm for owner in owners if owner.helm):
        place, _, name = release.partition("/")
        said.append(
            f"Helm keeps its record of release {name}: helm upgrade would set these objects back "
            "and helm uninstall would delete them. Afterwards end that: "
            f"kubectl -n {place} delete secret -l owner=helm,name={name}"
        )
    if any(owner.applied for owner in owners):
        said.append(
            "put the old manifest away afterwards: kubectl apply -f of it would set its fields "
            "back without asking (with --server-side it would stop at a conflict)"
        )
    return tuple(said)


def take_over(cluster: Cluster, step: Step) -> None:
    """Make one object ours, if it still is what was shown.

    First its fields pass to us, then they are set; the mark comes with the
    last request, so that an interrupted run is simply done again. Raises
    ApiConflict where somebody has changed it in the meantime.
    """
    for left in reversed(range(_TRIES)):
        live = _unchanged(cluster, step)
        try:
            _hand_over_and_set(cluster, step, live)
        except FieldsOwned:
            raise
        except ApiConflict:
            # Its controller wrote the status between the two requests.
            if not left:
                raise
        else:
            return


def _unchanged(cluster: Cluster, step: Step) -> Live:
    kind, meta = KINDS[str(step.manifest["kind"])], reader_of(step.manifest).meta()
    live = api.get(cluster, kind, meta.name, meta.namespace)
    if step.live is None or api.content(live) != api.content(step.live):
        raise ApiConflict(
            f"{step.title} was changed by another in the meantime", "run the command again"
        )
    return live


def _hand_over_and_set(cluster: Cluster, step: Step, live: Live) -> None:
    kind, meta = KINDS[str(step.manifest["kind"])], reader_of(step.manifest).meta()
    version = reader_of(live).child("metadata").text("resourceVersion")
    claim = our_entry(step.answer) if step.answer is not None else None
    if claim is not None:
        passed = {"managedFields": handed_over(live, claim), "resourceVersion": version}
        answer = api.patch(cluster, kind, meta.name, meta.namespace, {"metadata": passed})
        version = reader_of(answer).child("metadata").text("resourceVersion")
    own = {**reader_of(step.manifest).child("metadata").data, "resourceVersion": version}
    api.apply(cluster, {**step.manifest, "metadata": own}, force=True)
