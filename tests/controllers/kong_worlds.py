"""Small clusters with Kong, and what it answers in them."""

from __future__ import annotations

from typing import Any

from kubectl_ingress.controllers import kong
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.request import Decision, Outcome, OutcomeKind, Request
from kubectl_ingress.core.table import RouteTable
from tests.manifests import ingress, ingress_class, path, service, slice_of, snapshot

HOST = "a.test"
TRADITIONAL, COMPATIBLE, EXPRESSIONS = "traditional", "traditional_compatible", "expressions"
FLAVORS = (TRADITIONAL, COMPATIBLE, EXPRESSIONS)
IN_LUA = (TRADITIONAL, COMPATIBLE)
CLASS = ingress_class("kong", "ingress-controllers.konghq.com/kong")
GATE = ("--feature-gates=RewriteURIs=true",)


def raw(text: str, name: str = "web", **more: Any) -> Any:
    """A path of type ImplementationSpecific."""
    return path(text, name, kind="ImplementationSpecific", **more)


def exact(text: str, name: str = "web") -> Any:
    return path(text, name, kind="Exact")


def one(
    name: str,
    *paths: Any,
    host: str = HOST,
    says: dict[str, str] | None = None,
    age: int = 0,
    **more: Any,
) -> Any:
    """An Ingress; `says` are annotations konghq.com/*, a smaller `age` is older."""
    annotations = {f"konghq.com/{key}": value for key, value in (says or {}).items()}
    more.setdefault("ingressClassName", "kong")
    made = ingress(name, host, *paths, annotations=annotations, **more)
    made["metadata"]["creationTimestamp"] = f"2026-01-01T00:00:{age:02d}Z"
    return made


def ready(*names: str) -> list[Any]:
    return [made for name in names for made in (service(name), slice_of(name))]


def table_of(
    *objects: Any, flavor: str = TRADITIONAL, flags: tuple[str, ...] = (), env: Any = None
) -> RouteTable:
    world = snapshot(CLASS, *ready("web", "other", "third"), *objects)
    told = Told(flags, env or {}, router_flavor=flavor)
    return kong.compile(world, kong.settings_of(told, world))


def decide(
    *objects: Any,
    target: str = "/",
    host: str = HOST,
    flavor: str = TRADITIONAL,
    flags: tuple[str, ...] = (),
    **more: Any,
) -> Decision:
    return table_of(*objects, flavor=flavor, flags=flags).decide(Request(host, target, **more))


def answer(outcome: Outcome) -> str:
    """Service names, with a bar between those of which chance takes one, or the status."""
    if outcome.kind is OutcomeKind.UNDEFINED:
        return "|".join(sorted(answer(candidate) for candidate in outcome.candidates))
    if outcome.kind is OutcomeKind.REFUSED:
        return "refused"
    return ",".join(one.service for one in outcome.backends) or str(outcome.status)


def served(*objects: Any, **asked: Any) -> str:
    return answer(decide(*objects, **asked).outcome)


def upstream(*objects: Any, **asked: Any) -> str | None:
    return decide(*objects, **asked).outcome.upstream_path


def codes(decision: Decision) -> list[str]:
    return [finding.code for finding in decision.findings]
