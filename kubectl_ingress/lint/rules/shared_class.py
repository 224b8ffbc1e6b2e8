"""Two controllers claim one class, or two classes are the default.

What it does
Compares what the controllers among the objects take for their own (their --controller-class or
the like), leaving out those that watch different namespaces, and counts the default classes.

Why it is bad
Both take the same Ingresses, and each writes its own address into their status: ADDRESS flaps,
and half of the requests meet the other one.

Example

    # two Deployments of ingress-nginx, both with
    args: [--controller-class=k8s.io/ingress-nginx]

Use instead

    args: [--controller-class=k8s.io/internal-ingress-nginx, --ingress-class=internal]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Finding, IngressClass, Workload
from kubectl_ingress.lint.subject import Subject

CODE = "KI206"
NAME = "shared-class"
LEVEL = "error"
READS = ("DaemonSet", "Deployment", "IngressClass")

_WATCHED = ("watch-namespace", "watch-namespaces", "namespace")
_DEFAULT = "ingressclass.kubernetes.io/is-default-class"


def check(subject: Subject) -> Iterable[Finding]:
    """Pairs of controllers, and the default classes."""
    if len(subject.snapshot.workloads) > 1:
        yield from _controllers(subject)
    yield from _defaults([one for one in subject.snapshot.classes if one.is_default])


def _controllers(subject: Subject) -> Iterator[Finding]:
    from kubectl_ingress.inventory.classes import same_class
    from kubectl_ingress.inventory.recognise import flags_of, recognise

    # How many pods a DaemonSet has, its file does not tell.
    known = [
        one
        for one in recognise(subject.snapshot.workloads, {})
        if one.workload.desired or (subject.snapshot.offline and one.workload.kind == "DaemonSet")
    ]
    for one, other in combinations(known, 2):
        shared = [a for a in one.claims for b in other.claims if same_class(a, b)]
        watched = [
            {flags.get(name, "") for name in _WATCHED} - {""}
            for flags in (flags_of(one.workload.args), flags_of(other.workload.args))
        ]
        apart = all(watched) and watched[0].isdisjoint(watched[1])
        if not shared or apart:
            continue
        value = shared[0].controller or f"class {shared[0].class_name}"
        first, meta = one.workload, other.workload.meta
        message = (
            f"{first.kind} {first.meta.key} and {other.workload.kind} {meta.key} both serve"
            f" {value}: both take its Ingresses and overwrite each other's addresses"
        )
        about = f"{other.workload.kind} {meta.key}"
        fix = "give one of them a class of its own, or scale it to 0"
        if meta.origin.line is None:
            message += (
                "; give one of them a class of its own, or stop the one that is not to answer"
            )
            fix = "\n".join(_stop(each) for each in (other.workload, first))
        field = ("spec", "template", "spec", "containers")
        # Files may hold several ways to install one controller, of which one is applied.
        level = "warning" if subject.snapshot.offline else "error"
        yield Finding(CODE, level, message, about, meta.origin, fix, field)


def _stop(workload: Workload) -> str:
    where = (workload.kind.lower(), workload.meta.name, "-n", workload.meta.namespace)
    return command("scale", *where, "--replicas=0")


def _defaults(classes: list[IngressClass]) -> Iterator[Finding]:
    if len(classes) < 2:
        return
    names = ", ".join(one.meta.name for one in classes)
    for one in classes[1:]:
        message = f"{len(classes)} classes are the default: {names}; the newest one counts"
        fix = command("annotate", "ingressclass", one.meta.name, f"{_DEFAULT}-")
        about, field = f"IngressClass {one.meta.name}", ("metadata", "annotations", _DEFAULT)
        yield Finding(CODE, "warning", message, about, one.meta.origin, fix, field)
