"""What one annotation of ingress-nginx is: its name, its values, and what a bad one does.

The table of all of them is in annotations/, one file for each subject.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import TypedDict, Unpack

from msgspec import Struct

from kubectl_ingress.controllers._go import is_flag, is_number
from kubectl_ingress.controllers._ingress_nginx.validators import Check, OneOf, Validator
from kubectl_ingress.controllers._tables import Effect as Effect
from kubectl_ingress.controllers._tables import Kind


class Risk(IntEnum):
    """How much an annotation lets its author do; annotations-risk-level bounds it."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @classmethod
    def parse(cls, text: str) -> Risk:
        """A risk by its name, in any case; anything else is LOW (StringRiskToRisk)."""
        return cls.__members__.get(text.upper(), cls.LOW)

    def __str__(self) -> str:
        return self.name.capitalize()


class Scope(Enum):
    """What an annotation is about: the locations of its own Ingress, or more than these."""

    LOCATION = "location"
    INGRESS = "ingress"


class Invalid(Enum):
    """What the controller does about a value that it does not accept."""

    DROPPED = "ingress-nginx leaves the whole Ingress out"
    DENIED = "every path of the Ingress answers 503"
    GROUP = "it counts as absent, and so do all annotations that belong to it"
    IGNORED = "it counts as absent"


class Level(Enum):
    """How near the Gateway API comes to an annotation."""

    CORE = "core"
    EXTENDED = "extended"
    EXPERIMENTAL = "experimental"
    APPROXIMATE = "approximate"
    POLICY = "policy of the implementation"
    NONE = "none"


class Gateway(Struct, frozen=True):
    """The Gateway API's equivalent, and by which field, filter or policy ("" if by none)."""

    level: Level
    how: str = ""


NO_GATEWAY = Gateway(Level.NONE)


class Annotation(Struct, frozen=True):
    """One annotation; `name` and `aliases` are without prefix.

    `default` counts where it is absent, "" if nothing does; `setting` is the
    key of the controller's ConfigMap that gives the default, "" if none does.

    `valid` is asked about a value as written, `check` about the same without
    space around its lines, once it is valid; an empty value is asked about by
    neither. `invalid`, `unchecked` and `empty` say what happens then. `instead`
    is the value that counts in place of one that is ignored. `needs` names an
    annotation without which this one is not looked at, `unless` one with which
    it is not; `missing` is what happens where it is needed and absent.
    `summary` is a sentence for users.
    """

    name: str
    kind: Kind
    effect: Effect
    valid: Validator
    summary: str
    gateway: Gateway = NO_GATEWAY
    risk: Risk = Risk.LOW
    scope: Scope = Scope.LOCATION
    default: str = ""
    setting: str = ""
    aliases: tuple[str, ...] = ()
    invalid: Invalid = Invalid.IGNORED
    check: Check | None = None
    unchecked: Invalid = Invalid.IGNORED
    empty: Invalid = Invalid.IGNORED
    missing: Invalid = Invalid.IGNORED
    instead: str = ""
    needs: str = ""
    unless: str = ""

    @property
    def expected(self) -> str:
        """What is expected as a value, in the words of messages."""
        if not isinstance(self.valid, OneOf):
            return self.kind.value
        *words, last = self.valid.words
        return f"{', '.join(words)} or {last}" if words else last


class Rest(TypedDict, total=False):
    """The fields of an Annotation that most rows leave as they are."""

    risk: Risk
    scope: Scope
    setting: str
    aliases: tuple[str, ...]
    invalid: Invalid
    check: Check | None
    unchecked: Invalid
    empty: Invalid
    missing: Invalid
    instead: str
    needs: str
    unless: str


def flag(
    name: str,
    effect: Effect,
    summary: str,
    gateway: Gateway = NO_GATEWAY,
    default: str = "false",
    **rest: Unpack[Rest],
) -> Annotation:
    """A row whose value is true or false."""
    return Annotation(name, Kind.FLAG, effect, is_flag, summary, gateway, default=default, **rest)


def number(
    name: str,
    effect: Effect,
    summary: str,
    gateway: Gateway = NO_GATEWAY,
    default: str = "",
    **rest: Unpack[Rest],
) -> Annotation:
    """A row whose value is a whole number."""
    return Annotation(
        name, Kind.NUMBER, effect, is_number, summary, gateway, default=default, **rest
    )


class Group(Struct, frozen=True):
    """Annotations that one parser of the controller reads, in the order in which it does.

    `name` is what the webhook calls it (annotations.go, NewAnnotationFactory).
    """

    name: str
    annotations: tuple[Annotation, ...]
