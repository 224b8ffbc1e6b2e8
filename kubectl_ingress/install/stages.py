"""How far an installation is, judged from what was read of it: pure."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.parse import parse_endpoint_slice, parse_service
from kubectl_ingress.install.live import (
    Live,
    certificate_authority,
    reader_of,
    trusted_authority,
)
from kubectl_ingress.providers import Provider, Variant

CONTROLLER = "controller"
WEBHOOK = "admission webhook"
LOAD_BALANCER = "load balancer"


class Stage(Struct, frozen=True):
    """One thing that must be so before a request can succeed.

    `reached` is False while it waits for an earlier one. `problem` is why it
    does not get on, where that is known. `seconds` is when it was done, since
    the start of the run.
    """

    label: str
    done: bool
    detail: str
    reached: bool = True
    problem: Finding | None = None
    seconds: float | None = None


class Answer(Struct, frozen=True):
    """What came of a trial Ingress: whether our webhook let it through, and what was said."""

    passed: bool
    text: str


class Readings(Struct, frozen=True):
    """The objects that tell how far it is, as the API gave them; None where there is none.

    `workload` is what keeps the controller's pods running: a Deployment or a
    DaemonSet. `answer` is None while the webhook was not asked.
    """

    workload: Live | None = None
    service: Live | None = None
    secret: Live | None = None
    webhook: Live | None = None
    slices: tuple[Live, ...] = ()
    answer: Answer | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Names or IPs of the load balancer."""
        return parse_service(reader_of(self.service)).addresses


class Rollout(Struct, frozen=True):
    """A workload's pods: wanted, all there are, of the current template, available."""

    wanted: int
    total: int
    updated: int
    available: int
    noticed: bool
    """Whether its controller has seen the current specification."""

    @property
    def done(self) -> bool:
        """As ``kubectl rollout status`` judges it, and at least one pod."""
        # While pods of an older template are there, an available one may be one of them.
        current_only = self.total <= self.updated
        enough = 0 < self.wanted <= min(self.updated, self.available)
        return self.noticed and current_only and enough


def rollout_of(workload: Live | None) -> Rollout:
    """How far a Deployment or a DaemonSet is."""
    reader = reader_of(workload)
    spec, status = reader.child("spec"), reader.child("status")
    generation = reader.child("metadata").number("generation") or 0
    noticed = workload is not None and (status.number("observedGeneration") or 0) >= generation
    if reader.text("kind") == "DaemonSet":
        return Rollout(
            wanted=status.number("desiredNumberScheduled") or 0,
            # A node has at most one of its pods, of one template or the other.
            total=status.number("updatedNumberScheduled") or 0,
            updated=status.number("updatedNumberScheduled") or 0,
            available=status.number("numberAvailable") or 0,
            noticed=noticed,
        )
    replicas = spec.number("replicas")
    return Rollout(
        wanted=1 if replicas is None else replicas,
        total=status.number("replicas") or 0,
        updated=status.number("updatedReplicas") or 0,
        available=status.number("availableReplicas") or 0,
        noticed=noticed,
    )


def has_endpoint(readings: Readings) -> bool:
    """Whether the webhook's Service leads to a ready pod."""
    slices = [parse_endpoint_slice(reader_of(each)) for each in readings.slices]
    return any(endpoint.ready for each in slices for endpoint in each.endpoints)


def can_be_asked(readings: Readings) -> bool:
    """Whether the webhook has all it needs to answer."""
    return is_trusted(readings) and has_endpoint(readings)


def is_trusted(readings: Readings) -> bool:
    """Whether the API server knows the CA of the webhook's certificate, and not an earlier one."""
    authority = certificate_authority(readings.secret)
    return bool(authority) and authority == trusted_authority(readings.webhook)


def judge(readings: Readings, provider: Provider, variant: Variant) -> tuple[Stage, ...]:
    """The stages that take time, in the order they are waited for."""
    stages = (_controller(readings, variant), _webhook(readings))
    return (*stages, _load_balancer(readings, provider)) if variant.balanced else stages


def _controller(readings: Readings, variant: Variant) -> Stage:
    rollout, kind = rollout_of(readings.workload), variant.workload
    if readings.workload is None:
        return Stage(CONTROLLER, False, f"its {kind} is gone")
    if rollout.noticed and rollout.wanted == 0:
        none = "no node is for it" if kind == "DaemonSet" else "scaled to 0 replicas"
        return Stage(CONTROLLER, False, none)
    if not rollout.done and not certificate_authority(readings.secret):
        # The kubelet mounts the Secret before it does anything else for the pod.
        return Stage(CONTROLLER, False, "waits for its certificate", reached=False)
    ready = min(rollout.updated, rollout.available) if rollout.noticed else 0
    return Stage(CONTROLLER, rollout.done, f"{ready}/{rollout.wanted} ready")


def _webhook(readings: Readings) -> Stage:
    if not certificate_authority(readings.secret):
        return Stage(WEBHOOK, False, "its certificate is being made")
    if not is_trusted(readings):
        return Stage(WEBHOOK, False, "its CA is being registered")
    if not has_endpoint(readings):
        return Stage(WEBHOOK, False, "waits for the controller", reached=False)
    if readings.answer is None:
        return Stage(WEBHOOK, False, "not asked yet")
    if not readings.answer.passed:
        return Stage(WEBHOOK, False, "does not answer")
    return Stage(WEBHOOK, True, readings.answer.text)


def _load_balancer(readings: Readings, provider: Provider) -> Stage:
    if readings.service is None:
        return Stage(LOAD_BALANCER, False, "its Service is gone")
    if readings.addresses:
        return Stage(LOAD_BALANCER, True, f"named by {provider.named_by}")
    return Stage(LOAD_BALANCER, False, "pending")
