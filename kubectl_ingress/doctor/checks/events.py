"""Warnings of the last hour about the Ingresses, their Services and the controllers that nothing
has overcome since: FailedBuildModel, SyncLoadBalancerFailed, Translate and the like.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_ingress.core.checkup import Checked
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.doctor.case import Case
from kubectl_ingress.doctor.pending import mending, without_address
from kubectl_ingress.install.live import one_line, reader_of

AREA = "Load balancer"
NAME = "events"
CODES = ("KI610",)

# The kinds that load balancers are made for; pods are looked at elsewhere.
_KINDS = ("Ingress", "Service")

# Without these there is no load balancer, or an old one; others may be of the moment.
_FATAL = frozenset({"FailedBuildModel", "FailedDeployModel", "SyncLoadBalancerFailed", "Translate"})


class _Event(Struct, frozen=True):
    kind: str
    key: str
    warning: bool
    when: str
    source: str
    reason: str
    message: str


def check(case: Case) -> Iterable[Checked]:
    """A line for each object whose last word was a warning."""
    # Of what has no address yet the check of addresses tells the event.
    passed = without_address(case)
    # Who listens on the nodes' own ports needs no load balancer.
    passed |= {str(one.service) for one in case.controllers if one.on_nodes}
    concerned = {name.partition(" ")[::2] for name in case.concerned}
    latest: dict[tuple[str, str, str], _Event] = {}
    for causes in case.causes.values():
        for event in map(_read, map(reader_of, causes.events)):
            if event.kind not in _KINDS or (event.kind, event.key) not in concerned:
                continue
            place = (event.kind, event.key, event.source)
            known = latest.get(place)
            if known is None or known.when <= event.when:
                latest[place] = event
    for event in sorted(latest.values(), key=lambda one: (one.kind, one.key, one.source)):
        if event.warning and f"{event.kind} {event.key}" not in passed:
            yield Checked("event", f"{event.reason} of {event.kind} {event.key}", _finding(event))


def _read(event: Reader) -> _Event:
    about = event.child("involvedObject")
    key = f"{about.text('namespace')}/{about.text('name')}"
    when = event.text("lastTimestamp") or event.text("eventTime") or event.meta().created
    source = event.child("source").text("component") or event.text("reportingComponent")
    warning = event.text("type") == "Warning"
    message = one_line(event.text("message"))
    return _Event(about.text("kind"), key, warning, when, source, event.text("reason"), message)


def _finding(event: _Event) -> Finding:
    namespace, _, name = event.key.partition("/")
    look = command("describe", event.kind.lower(), "-n", namespace, name)
    known = mending(event.message)
    by = event.source or "a controller"
    message = f"{by} reports {event.reason} about {event.kind} {event.key}: {event.message}"
    fix = f"{known}\n{look}" if known else look
    level = "error" if event.reason in _FATAL else "warning"
    return Finding("KI610", level, message, f"{event.kind} {event.key}", fix=fix)
