"""What one configuration key of haproxy-ingress is.

The same keys are annotations of Ingresses and Services, and defaults in the
controller's ConfigMap. The tables are in routing_keys.py, other_keys.py and global_keys.py.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from kubectl_ingress.controllers._go import is_flag, is_number
from kubectl_ingress.controllers._haproxy.values import are_networks, is_time
from kubectl_ingress.controllers._tables import Effect, Kind


class Scope(Enum):
    """Of what a key is a setting, which decides whose value counts."""

    HOST = "a host: the oldest Ingress that names the key, for all paths"
    PATH = "a path: its Service, else its Ingress"
    BACKEND = "a Service port: the first path with a value, for all paths that lead to it"
    INGRESS = "an Ingress alone, as it is read"
    GLOBAL = "the controller: its ConfigMap alone"


class Invalid(Enum):
    """What the controller does about a value that it does not accept."""

    ABSENT = "it counts as not written there"
    IGNORED = "it is ignored"
    PART = "the bad part of it is left out"
    ZERO = "it counts as 0"
    FALSE = "it counts as false"
    DENIED = "requests are answered 403"
    TAKEN = "it is taken as it is"
    FROZEN = "haproxy does not load its configuration"


class Key(Struct, frozen=True):
    """One key; `default` is its value where nobody sets it, "" if there is none.

    `valid` tells whether a value is accepted, None where every one is; `invalid`
    is what happens else. `doc` is a sentence for users.
    """

    name: str
    scope: Scope
    kind: Kind
    effect: Effect
    doc: str
    default: str = ""
    valid: Callable[[str], bool] | None = None
    invalid: Invalid = Invalid.TAKEN

    @property
    def modelled(self) -> bool:
        """Whether what it changes of a route is in the table."""
        return self.effect is not Effect.ANY


def flag_key(name: str, scope: Scope, effect: Effect, doc: str, default: str = "") -> Key:
    """A flag; what is none counts as false."""
    return Key(name, scope, Kind.FLAG, effect, doc, default, is_flag, Invalid.FALSE)


def checked_flag_key(name: str, effect: Effect, doc: str, default: str = "") -> Key:
    """A flag of a path; what is none counts as not written (validator.go)."""
    return Key(name, Scope.PATH, Kind.FLAG, effect, doc, default, is_flag, Invalid.ABSENT)


def number_key(name: str, effect: Effect, doc: str, default: str = "") -> Key:
    """A number of a Service port; what is none counts as 0."""
    return Key(name, Scope.BACKEND, Kind.NUMBER, effect, doc, default, is_number, Invalid.ZERO)


def time_key(name: str, doc: str, default: str = "") -> Key:
    """A time towards pods."""
    effect, ignored = Effect.UPSTREAM, Invalid.IGNORED
    return Key(name, Scope.BACKEND, Kind.TIME, effect, doc, default, is_time, ignored)


def text_key(name: str, scope: Scope, effect: Effect, doc: str, default: str = "") -> Key:
    """A key that takes every value."""
    return Key(name, scope, Kind.TEXT, effect, doc, default)


def networks_key(name: str, scope: Scope, doc: str) -> Key:
    """Addresses and networks."""
    return Key(
        name, scope, Kind.NETWORKS, Effect.STATUS, doc, valid=are_networks, invalid=Invalid.PART
    )
