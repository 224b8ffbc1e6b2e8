"""Which controller is meant: by its name, or by the class of the Ingresses in question."""

from __future__ import annotations

from typing import cast

from kubectl_ingress import registry
from kubectl_ingress.controllers._profile import Controller
from kubectl_ingress.errors import UsageError


def modelled_controllers() -> tuple[Controller, ...]:
    """All controllers whose routes are modelled, by name."""
    return tuple(
        cast(Controller, registry.load("controllers", name))
        for name in registry.names("controllers")
    )


def find_controller(name: str) -> Controller:
    """The controller of that name or alias. Raises UsageError."""
    found = modelled_controllers()
    for one in found:
        if name in (one.PROFILE.name, *one.PROFILE.aliases):
            return one
    known = ", ".join(one.PROFILE.name for one in found)
    raise UsageError(f"no controller is called {name!r} here", f"one of: {known}")
