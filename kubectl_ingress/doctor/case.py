"""All that checks look at: what was read of a cluster and around it, at one moment. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property

from msgspec import Struct, field

from kubectl_ingress.core.inventory import ControllerEntry, Inventory
from kubectl_ingress.core.lookup import Lookup
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.core.report import Report
from kubectl_ingress.install.pods import Causes
from kubectl_ingress.livechoice import Live
from kubectl_ingress.providers import Provider

_OF_CONTROLLERS = ("ConfigMap", "Deployment", "DaemonSet")

WILDCARD_LABEL = "kubectl-ingress-check"
"""Stands for the star of a wildcard host where a name is needed."""


class CertManager(Struct, frozen=True):
    """Objects of cert-manager, as the API gave them; `served` is whether it has its kinds."""

    served: bool = False
    certificates: tuple[Reader, ...] = ()
    requests: tuple[Reader, ...] = ()
    orders: tuple[Reader, ...] = ()
    challenges: tuple[Reader, ...] = ()
    issuers: tuple[Reader, ...] = ()


class Plugins(Struct, frozen=True):
    """Programs on PATH: `first` is the kubectl-ingress that kubectl runs, `own` is this one.

    `others` are further ones, `commands` those that take a command of this one's.
    """

    first: str = ""
    own: str = ""
    others: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


class Case(Struct, frozen=True, dict=True):
    """One examination.

    `ingresses` are those in question: of `namespace`, "" for all, or where it is
    `narrowed` just one. `live` are the tables of all controllers, `controllers`
    the entries of the inventory that have to do with these Ingresses. `causes`
    are pods and events by namespace, those under "" of all others; `webhooks` the
    ValidatingWebhookConfigurations, `secrets` those of webhooks that do not
    answer by ``namespace/name``, as the API gave them. `names` has what was
    answered for each name that was asked for, and `names_left` counts those that
    were not. `unread` is what may not be read, a sentence each. `again` is the
    command that examines the same.
    """

    snapshot: Snapshot
    inventory: Inventory
    ingresses: tuple[Ingress, ...]
    controllers: tuple[ControllerEntry, ...]
    live: tuple[Live, ...]
    report: Report
    provider: Provider
    now: datetime
    namespace: str = ""
    narrowed: bool = False
    causes: Mapping[str, Causes] = field(default_factory=dict)
    webhooks: tuple[Reader, ...] = ()
    secrets: Mapping[str, Reader] = field(default_factory=dict)
    cert_manager: CertManager = CertManager()
    names: Mapping[str, tuple[Lookup, ...]] = field(default_factory=dict)
    names_left: int = 0
    plugins: Plugins = Plugins()
    unread: tuple[str, ...] = ()
    again: str = "kubectl ingress doctor"

    @cached_property
    def concerned(self) -> frozenset[str]:
        """The objects that have to do with the Ingresses in question: ``Kind namespace/name``."""
        found = set(self._of_ingresses())
        for one in self.controllers:
            found |= {f"IngressClass {name}" for name in one.classes}
            for each in (one.workload, one.service):
                found |= {str(each)} if each is not None else set()
            if one.webhook is not None:
                found.add(f"ValidatingWebhookConfiguration {one.webhook.name}")
        return frozenset(found)

    def _of_ingresses(self) -> Iterator[str]:
        for ingress in self.ingresses:
            namespace = ingress.meta.namespace
            yield f"Ingress {ingress.meta.key}"
            backends = [path.backend for rule in ingress.rules for path in rule.paths]
            for backend in (*backends, ingress.default_backend):
                if backend is not None:
                    yield f"Service {namespace}/{backend.service}"
            for entry in ingress.tls:
                yield f"Secret {namespace}/{entry.secret}"

    def said(self, *codes: str) -> Iterator[Finding]:
        """The inventory's findings of these codes, of a narrowed case those that concern it."""
        for finding in self.inventory.findings:
            if finding.code in codes and self.concerns(finding):
                yield finding

    def concerns(self, finding: Finding) -> bool:
        """Whether a finding has to do with what is in question.

        With one Ingress: with it, what it leads to, and its controller; else with
        the namespace, and all controllers.
        """
        kind, _, key = finding.object.partition(" ")
        namespace = key.partition("/")[0] if "/" in key else ""
        if not key or finding.object in self.concerned:
            return True
        if kind in _OF_CONTROLLERS and namespace in self._controllers_namespaces:
            return True
        if self.narrowed:
            return kind == "NetworkPolicy" and namespace == self.ingresses[0].meta.namespace
        return not namespace or self.namespace in ("", namespace)

    @cached_property
    def _controllers_namespaces(self) -> frozenset[str]:
        return frozenset(one.workload.namespace for one in self.controllers if one.workload)

    def causes_in(self, namespace: str) -> Causes:
        """What may tell why something in a namespace does not work."""
        return self.causes.get(namespace) or self.causes.get("") or Causes()

    def live_of(self, ingress: Ingress) -> Live | None:
        """The controller that takes an Ingress, None where none does."""
        return self._owners.get(ingress.meta.key)

    @cached_property
    def _owners(self) -> Mapping[str, Live]:
        found: dict[str, Live] = {}
        for one in self.live:
            for ingress in one.table.loaded:
                found.setdefault(ingress.meta.key, one)
        return found


def name_of(host: str) -> str:
    """A name that a host stands for: that of a wildcard has a label that nobody uses."""
    return f"{WILDCARD_LABEL}{host[1:]}" if host.startswith("*.") else host
