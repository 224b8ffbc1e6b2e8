"""What one annotation of the F5 controller is; the table of all is in annotations.py."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kubectl_ingress.controllers._f5_nginx.values import Check


class Kind(Enum):
    """What is expected as a value, in the words of messages."""

    FLAG = "true or false"
    NUMBER = "a whole number"
    TIME = "a time such as 10s"
    SIZE = "a size such as 8k"
    CHOICE = "one of a few words"
    PORTS = "port numbers"
    SERVICES = "Services of the Ingress"
    PATH = "a path"
    REFERENCE = "the name of an object"
    HEADERS = "headers"
    DIRECTIVES = "lines of nginx's configuration"
    TEXT = "text"


class Effect(Enum):
    """What an annotation changes."""

    ROUTE = "which backend answers"
    PATH = "the path that pods get"
    REDIRECT = "redirects"
    STATUS = "who is let through, and which status is answered"
    BALANCE = "how requests spread over pods"
    UPSTREAM = "how nginx talks to pods"
    HEADERS = "headers"
    TLS = "TLS"
    OPERATION = "how nginx runs"
    ANY = "anything"


class Part(Enum):
    """On which part of a host that is put together from several Ingresses it counts."""

    BOTH = "master and minions"
    MASTER = "the master"
    MINION = "minions"
    INHERITED = "minions, which take it over from the master"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation.

    `check` is asked about its value, and where it finds something wrong the
    controller rejects the whole Ingress; None accepts every value. `required`:
    an empty value is rejected too. `plus`: it is rejected without NGINX Plus.
    `needs` names another annotation that has to be there. `setting` is the key
    of the ConfigMap that gives the default, "" if none does; `default` counts
    where neither says anything. `doc` is a sentence for users.
    """

    name: str
    kind: Kind
    effect: Effect
    doc: str
    check: Check | None = None
    required: bool = True
    plus: bool = False
    needs: str = ""
    part: Part = Part.BOTH
    setting: str = ""
    default: str = ""
