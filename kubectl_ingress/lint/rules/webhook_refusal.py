"""The controller's admission webhook refuses an object.

What it does
Asks of every Ingress of ingress-nginx what its webhook would: paths with characters of patterns
that are not ImplementationSpecific (strict-validate-path-type, on since 1.12), names that end in
-snippet while snippets are off, a foreign prefix where the controller has its own. What it says of
values is told by annotation-value, of other Ingresses by duplicate-path.

Why it is bad
kubectl apply fails. An object that was stored before, or while the webhook did not answer, goes on
until somebody touches it.

Example

    - path: /app(/|$)(.*)
      pathType: Prefix

Use instead

    - path: /app(/|$)(.*)
      pathType: ImplementationSpecific

What --fix does
It writes ImplementationSpecific where ingress-nginx then answers every request as before. Snippets
stay: only you know what takes their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kubectl_ingress.controllers._ingress_nginx.admission import Rules, refusal_of_itself
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.core.edits import Mend, SetValue
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.lint.subject import ROUTES, Field, Subject, finding_on

CODE = "KI711"
NAME = "webhook-refusal"
LEVEL = "error"
READS = (ROUTES,)

_FREE = "ImplementationSpecific"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-")


def check(subject: Subject) -> Iterable[Finding]:
    """An error where it is to be applied, a warning where it is stored."""
    level = "error" if subject.snapshot.offline else "warning"
    for compiled, ingress in subject.routes.taken_by("ingress-nginx"):
        settings = compiled.settings
        if not isinstance(settings, Settings):
            continue
        refusal = refusal_of_itself(ingress, Rules.of(settings))
        if refusal:
            first = refusal.splitlines()[0].removeprefix("ingress contains invalid paths: ")
            place, fix = _place(ingress)
            message = f"the webhook of ingress-nginx refuses this: {first}"
            finding = finding_on(ingress, CODE, level, message, place, fix)
            mend = Mend(tuple(SetValue(one, _FREE) for one in _strict(ingress)), alike=True)
            yield replace(finding, mend=mend) if mend.edits else finding


def _strict(ingress: Ingress) -> Iterator[Field]:
    """The types of the paths that only one of another type may have."""
    for number, rule in enumerate(ingress.rules):
        for at, path in enumerate(rule.paths):
            is_plain = _PLAIN.issuperset(path.path) or not path.path.startswith("/")
            if path.path_type != _FREE and not is_plain:
                yield ("spec", "rules", number, "http", "paths", at, "pathType")


def _place(ingress: Ingress) -> tuple[Field, str]:
    for place in _strict(ingress):
        return place, f"pathType: {_FREE}"
    for name in ingress.meta.annotations:
        if name.endswith("-snippet"):
            return ("metadata", "annotations", name), f"take {name} out"
    return (), ""
