"""What `status` found: the ingress controllers of a cluster, their classes and problems."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.classes import CLASS_ANNOTATION
from kubectl_ingress.core.objects import Finding, Ingress


class Claim(Struct, frozen=True):
    """What a controller takes for its own.

    `controller` is the IngressClass.spec.controller it answers to, "" if none,
    `class_name` the class name it was started with, "" if none. `by_name`: a
    class of that name is its own whatever its controller is; `narrow`: only a
    class of that name is.
    """

    controller: str = ""
    class_name: str = ""
    by_name: bool = False
    narrow: bool = False
    without_class: bool = False
    more_names: tuple[str, ...] = ()

    def takes_class(self, name: str, controller: str) -> bool:
        """Whether an IngressClass of this name and ``spec.controller`` is its own."""
        if self.by_name:
            return name == self.class_name
        mine = bool(self.controller) and controller == self.controller
        return mine and not (self.narrow and name != self.class_name)

    def takes(self, ingress: Ingress, classes: frozenset[str]) -> bool:
        """Whether an Ingress is its own; `classes` are the names of its IngressClasses."""
        named = ingress.class_name
        if named is not None:
            return named in classes or (self.by_name and named == self.class_name)
        annotated = ingress.meta.annotations.get(CLASS_ANNOTATION)
        if annotated is None:
            return self.without_class
        return bool(annotated) and annotated in (self.class_name, *self.more_names)


class Installer(Struct, frozen=True):
    """Who put a controller there: `tool` "" where nothing tells; `detail` is its version."""

    tool: str = ""
    detail: str = ""


class Vulnerability(Struct, frozen=True):
    """CVEs that were published together. `fixed_in` is empty where no release fixes them.

    `what` is "" where no more than the number is known; `score` is the CVSS of the worst, None
    where unknown.
    """

    ids: tuple[str, ...]
    what: str
    score: float | None = None
    fixed_in: tuple[str, ...] = ()


class Webhook(Struct, frozen=True):
    """A ValidatingWebhookConfiguration that is asked about Ingresses.

    `service` is the ``namespace/name`` it leads to, "" for a URL. `fatal`: an
    Ingress is refused when it does not answer. `endpoints` counts the ready ones,
    None where they may not be read. `answers` is None where it was not asked,
    `said` why, or what came of it. `hooks` are the names of its webhooks.
    """

    name: str
    service: str
    fatal: bool
    trusted: bool
    endpoints: int | None
    hooks: tuple[str, ...] = ()
    answers: bool | None = None
    said: str = ""

    @property
    def works(self) -> bool:
        """Whether nothing speaks against it."""
        return self.trusted and self.endpoints != 0 and self.answers is not False

    @property
    def state(self) -> str:
        """In a word or two: ``answers``, ``no CA``, ``no endpoints``, ``down``, ``not asked``."""
        if not self.trusted:
            return "no CA"
        if self.endpoints == 0:
            return "no endpoints"
        if self.answers is None:
            return "not asked"
        return "answers" if self.answers else "down"


class ObjectRef(Struct, frozen=True):
    """A namespaced object: its kind, namespace and name."""

    kind: str
    namespace: str
    name: str

    @property
    def key(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ControllerEntry(Struct, frozen=True):
    """One ingress controller.

    `workload` is None for one that runs outside the cluster and shows by its
    class alone; `classes` are the names of its IngressClasses. `ready` and
    `desired` count pods, None where it has none in the cluster; `ingresses` is
    None where they may not be read. `end_of_life` is a year and month, "" where
    none is known. `on_nodes`: it listens on its nodes' own port 80.
    `gateway_classes` are the names of its GatewayClasses. `one_for_each`: it
    makes a load balancer for each Ingress, which has its address. `carries`:
    requests pass its own pods, by a Service that selects these; `led`: there may
    be one. `again` is what makes again what is gone of it, `installed_again` that
    of the program that installed it alone.
    """

    name: str
    title: str
    version: str = ""
    image: str = ""
    workload: ObjectRef | None = None
    claims: tuple[Claim, ...] = ()
    classes: tuple[str, ...] = ()
    ready: int | None = None
    desired: int | None = None
    service: ObjectRef | None = None
    service_type: str = ""
    addresses: tuple[str, ...] = ()
    on_nodes: bool = False
    webhook: Webhook | None = None
    installer: Installer = Installer()
    ingresses: int | None = None
    end_of_life: str = ""
    vulnerabilities: tuple[Vulnerability, ...] = ()
    watches: str = ""
    needs_class: bool = True
    like_nginx: bool = False
    gateway_only: bool = False
    gateway_classes: tuple[str, ...] = ()
    one_for_each: bool = False
    carries: bool = False
    led: bool = True
    again: str = ""
    installed_again: str = ""

    @property
    def is_down(self) -> bool:
        """Whether none of its pods is ready."""
        return self.ready == 0

    @property
    def webhook_is_down(self) -> bool:
        """Whether its webhook has nothing else than that it is down itself."""
        webhook = self.webhook
        return self.is_down and webhook is not None and webhook.trusted and webhook.endpoints == 0

    @property
    def label(self) -> str:
        """``ingress-nginx 1.15.1 (ingress-nginx/ingress-nginx-controller)``, for sentences."""
        named = f"{self.title} {self.version}".strip()
        return f"{named} ({self.workload.key})" if self.workload else named


class ClassEntry(Struct, frozen=True):
    """An IngressClass, and who serves it: workloads as ``namespace/name``, else names.

    `belongs_to` is the name of the controller that its ``spec.controller``
    means, "" for one that is not known here.
    """

    name: str
    controller: str
    is_default: bool
    served_by: tuple[str, ...]
    belongs_to: str = ""
    ingresses: int | None = None
    created: str = ""


class GatewayClassEntry(Struct, frozen=True):
    """A GatewayClass: see ClassEntry."""

    name: str
    controller: str
    served_by: tuple[str, ...]
    belongs_to: str = ""


class Unread(Struct, frozen=True):
    """What may not be read, and why, in a sentence."""

    resource: str
    why: str


class Inventory(Struct, frozen=True):
    """Everything that `status` tells. `namespace` "" is all of them.

    `provider` is what `install` calls it, `place` the particular place of it,
    each "" where not known; `said` is why, for people.
    """

    namespace: str = ""
    kubernetes: str = ""
    provider: str = ""
    place: str = ""
    said: str = ""
    controllers: tuple[ControllerEntry, ...] = ()
    classes: tuple[ClassEntry, ...] = ()
    gateway_classes: tuple[GatewayClassEntry, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()

    def could_read(self, *resources: str) -> bool:
        """Whether all of these were read."""
        return not {each.resource for each in self.unread} & set(resources)
