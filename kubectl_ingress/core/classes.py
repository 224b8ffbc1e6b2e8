"""Which Ingresses a controller takes: by class field, by legacy annotation, or none.

Kubernetes API reference, IngressSpec.ingressClassName; for ingress-nginx also
store.go and ingressclass.go. The default class is no matter here: it acts once,
when an Ingress is created, and stored objects without a class stay without.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from msgspec import Struct

from kubectl_ingress.core.commands import command, namespace_flag
from kubectl_ingress.core.makers import installed_again
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.core.patches import made_class
from kubectl_ingress.core.reasons import Ignored

CLASS_ANNOTATION = "kubernetes.io/ingress.class"


def class_of(ingress: Ingress) -> str:
    """The class that an Ingress names, by field or else by annotation; "" if by neither."""
    if ingress.class_name is not None:
        return ingress.class_name
    return ingress.meta.annotations.get(CLASS_ANNOTATION, "")


class ClassRule(Struct, frozen=True):
    """What one running controller takes as its own.

    `ingress_class` is the class name it was started with, `controller` its
    value of IngressClass.spec.controller, `title` its name in sentences.
    `annotation_first`: where both are there, the annotation decides.
    `empty_annotation`: one without a value is an annotation all the same.
    `by_name`: only the class of that very name counts, and no other class of the
    same controller. `by_name_alone`: what the IngressClass says, and whether
    there is one, does not matter either.
    `or_by_name`: the class of that name counts too, whichever controller it has.
    """

    title: str
    ingress_class: str
    controller: str
    without_class: bool = False
    annotation_first: bool = False
    empty_annotation: bool = True
    by_name: bool = False
    by_name_alone: bool = False
    or_by_name: bool = False

    def select(self, snapshot: Snapshot) -> tuple[list[Ingress], list[Ignored]]:
        """The Ingresses it takes, and the others each with the reason."""
        taken: list[Ingress] = []
        ignored: list[Ignored] = []
        for ingress in snapshot.ingresses:
            finding = self._why_ignored(ingress, snapshot)
            if finding is None:
                taken.append(ingress)
            else:
                elsewhere = class_of(ingress) if self._is_others(ingress, snapshot) else ""
                ignored.append(Ignored(ingress, finding, elsewhere))
        return taken, ignored

    def takes(self, ingress: Ingress, snapshot: Snapshot) -> bool:
        """Whether it takes an Ingress."""
        return self._why_ignored(ingress, snapshot) is None

    def _why_ignored(self, ingress: Ingress, snapshot: Snapshot) -> Finding | None:
        name = ingress.class_name
        annotated = ingress.meta.annotations.get(CLASS_ANNOTATION)
        if not annotated and not self.empty_annotation:
            annotated = None
        if name is None or (self.annotation_first and annotated is not None):
            if annotated == self.ingress_class or (annotated is None and self.without_class):
                return None
            if annotated is None:
                return self._finding("KI201", ingress, "names no class", snapshot)
            what = f"has the class annotation {annotated!r}, {self._unlike}"
            return self._finding("KI202", ingress, what, snapshot)
        existing = snapshot.class_by_name.get(name)
        # Files of an application rarely hold the class that the cluster has.
        only_name = existing is None and snapshot.offline and not snapshot.classes
        only_name |= self.by_name_alone
        if (only_name or self.by_name) and name != self.ingress_class:
            what = f"names the class {name!r}, {self._unlike}"
            return self._finding("KI202", ingress, what, snapshot)
        if only_name:
            return None
        if existing is None:
            what = f"names the class {name!r}, which does not exist"
            return self._finding("KI202", ingress, what, snapshot)
        if self.or_by_name and name == self.ingress_class:
            return None
        if existing.controller != self.controller:
            what = f"names the class {name!r}, which belongs to {existing.controller}"
            return self._finding("KI202", ingress, what, snapshot)
        return None

    @property
    def _unlike(self) -> str:
        if not self.ingress_class:
            return "and no class is known to be its own"
        return f"not {self.ingress_class!r}"

    def _is_others(self, ingress: Ingress, snapshot: Snapshot) -> bool:
        its_class = snapshot.class_by_name.get(class_of(ingress))
        return its_class is not None and its_class.controller != self.controller

    def _finding(self, code: str, ingress: Ingress, what: str, snapshot: Snapshot) -> Finding:
        fix = self._fix(ingress, snapshot)
        if self._is_others(ingress, snapshot) and not snapshot.offline:
            # What is another's may be served well: to take it away mends nothing.
            fix = command("ingress", "status")
        return Finding(
            code,
            "error",
            f"Ingress {ingress.meta.key} {what}, so {self.title} ignores it",
            f"Ingress {ingress.meta.key}",
            ingress.meta.origin,
            fix,
        )

    def _fix(self, ingress: Ingress, snapshot: Snapshot) -> str:
        served = [c.meta.name for c in snapshot.classes if c.controller == self.controller]
        own = self._own_name
        wanted = own if own in served or not served else served[0]
        flag = namespace_flag(ingress.meta.namespace, snapshot.namespace)
        patch = json.dumps({"spec": {"ingressClassName": wanted}}, separators=(",", ":"))
        fix = command("patch", "ingress", ingress.meta.name, *flag, "--type=merge", "-p", patch)
        if not served and not self.by_name_alone and not snapshot.offline:
            named = ingress.class_name == wanted
            fix = "\n".join(
                made if named else f"{made} && {fix}" for made in self._class_again(snapshot)
            )
        return fix

    @property
    def _own_name(self) -> str:
        """What its class is called, or may be where it was started with none."""
        # The annotation of AGIC has a slash, which no object's name may have.
        name = self.ingress_class or re.split(r"[./]", self.controller)[0]
        return name.replace("/", "-")

    def _class_again(self, snapshot: Snapshot) -> Iterator[str]:
        """What makes the class that is not there: who installed the controller, and by hand."""
        told = f"--controller-class={self.controller}"
        for one in snapshot.workloads:
            again = installed_again(one.meta) if told in one.args else ""
            if again:
                yield again
        yield made_class(self._own_name, self.controller)
