"""Cases as they are read, made of manifests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kubectl_ingress.core.inventory import Inventory
from kubectl_ingress.core.report import Report
from kubectl_ingress.doctor.case import Case
from kubectl_ingress.install.detection import providers
from kubectl_ingress.livechoice import live_tables
from tests.manifests import controller, ingress_class, service, slice_of, snapshot


def case_of(*objects: Any) -> Case:
    """ingress-nginx, a Service `web` with two pods, and these objects."""
    found = snapshot(*controller(), ingress_class(), service(), slice_of(), *objects)
    return Case(
        found,
        Inventory(),
        found.ingresses,
        (),
        live_tables(found),
        Report((), 0),
        providers()["cloud"],
        datetime.now(UTC),
    )
