"""Which pods of a Service port get how many requests: weights and blue-green.

pkg/converters/ingress/annotations/backend.go; the selectors become haproxy's
``use-server`` lines, of which the first one whose label fits decides.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._go import is_number
from kubectl_ingress.controllers._haproxy.values import is_pair
from kubectl_ingress.core.actions import Action, Forward
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.request import Backend, Outcome, Request, Step, Target
from kubectl_ingress.core.values import UNSET, Value

Labels = Mapping[str, Mapping[str, str]]


class UseServer(Action, Struct, frozen=True):
    """Sends a request to the one pod whose label a header or a cookie names."""

    name: str
    cookie: bool
    pods: tuple[tuple[str, Forward], ...]
    backends: tuple[Backend, ...] = ()
    because: Value = UNSET

    def _chosen(self, request: Request) -> Forward | None:
        if self.cookie:
            values = [request.cookie(self.name)]
        else:
            lines = request.header_values(self.name)
            values = [value.strip() for line in lines for value in line.split(",")]
        return next((forward for label, forward in self.pods if label in values), None)

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only where a label has that very value."""
        chosen = self._chosen(request)
        return chosen.outcome(request, path) if chosen else None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """What chose the pod."""
        chosen = self._chosen(request)
        kind = "cookie" if self.cookie else "header"
        text = f"the {kind} {self.name} chooses the pod"
        sent = chosen.steps(request, path) if chosen else ()
        return (*self.because.step("service", text), *sent)


def labels_of(snapshot: Snapshot, namespace: str) -> Labels:
    """Pod name -> labels, of one namespace."""
    return {
        pod.meta.name: pod.meta.labels for pod in snapshot.pods if pod.meta.namespace == namespace
    }


def weighted(backend: Backend, balance: Value, mode: str, labels: Labels) -> tuple[Backend, ...]:
    """The backend cut into groups of pods; () where no pod gets anything."""
    groups = _groups(balance.text)
    if groups is None or not balance.source:
        return (backend,)
    shares = []
    for label, value, weight in groups:
        pods = tuple(
            one
            for one in backend.endpoints
            if one.ready and labels.get(one.pod, {}).get(label) == value
        )
        # A weight of a group is spread over its pods; with mode pod, each has it.
        share = weight * len(pods) if mode == "pod" else weight
        if pods and share:
            shares.append(replace(backend, weight=share, endpoints=pods))
    return tuple(shares)


def _groups(text: str) -> list[tuple[str, str, int]] | None:
    """``label=value=weight,…``, None where the controller refuses the whole."""
    found = []
    for item in text.split(","):
        parts = item.split("=")
        if len(parts) != 3 or not is_number(parts[2]):
            return None
        found.append((parts[0], parts[1], min(max(int(parts[2]), 0), 256)))
    return found


def selectors(
    forward: Forward, header: Value, cookie: Value, labels: Labels
) -> tuple[UseServer, ...]:
    """The header before the cookie; both have to mean the same label.

    `forward` sends to all pods, whatever their weight.
    """
    if any(one.text and not is_pair(one.text) for one in (header, cookie)):
        return ()
    if header.text and cookie.text and _label(header) != _label(cookie):
        return ()
    found = []
    for value, is_cookie in ((header, False), (cookie, True)):
        if value.text:
            pods = _by_label(forward, _label(value), labels)
            name = value.text.partition(":")[0]
            found.append(UseServer(name, is_cookie, pods, forward.backends, value))
    return tuple(found)


def _label(value: Value) -> str:
    return value.text.partition(":")[2]


def _by_label(forward: Forward, label: str, labels: Labels) -> tuple[tuple[str, Forward], ...]:
    found: dict[str, Target] = {}
    for backend in forward.backends:
        for one in backend.endpoints:
            value = labels.get(one.pod, {}).get(label)
            if one.ready and value is not None:
                found.setdefault(value, one)
    return tuple(
        (value, replace(forward, backends=(replace(forward.backends[0], endpoints=(one,)),)))
        for value, one in found.items()
    )
