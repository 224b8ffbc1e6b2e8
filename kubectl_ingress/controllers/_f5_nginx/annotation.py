"""What one annotation of the F5 controller is; the table of all is in annotations.py."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from kubectl_ingress.controllers._f5_nginx.values import Check
from kubectl_ingress.controllers._tables import Effect, Kind


class Part(Enum):
    """On which part of a host that is put together from several Ingresses it counts."""

    BOTH = "master and minions"
    MASTER = "the master"
    MINION = "minions"
    INHERITED = "minions, which take it over from the master"


class Annotation(Struct, frozen=True):
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
