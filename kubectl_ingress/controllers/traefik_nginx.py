"""Traefik's provider for ingress-nginx: the classes and annotations of ingress-nginx, in Traefik.

It reads the annotations in its own way, and Traefik routes in its own: priority by
the length of the rule, hosts that fall through, ties. Source:
pkg/provider/kubernetes/ingress-nginx/{build,translator}.go, and measured with 3.7.9.
"""

from __future__ import annotations

from kubectl_ingress.controllers._profile import Profile, Told
from kubectl_ingress.controllers._traefik.nginx_locations import Build
from kubectl_ingress.controllers._traefik.nginx_settings import (
    CONTROLLER,
    DEFAULT_CLASS,
    TITLE,
    Settings,
    read_settings,
)
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.table import RouteTable

PROFILE = Profile(
    name="traefik-nginx",
    title=TITLE,
    controller=CONTROLLER,
    default_class=DEFAULT_CLASS,
    not_found_body="404 page not found",
    fake_certificate="TRAEFIK DEFAULT CERT",
)


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """Settings from the arguments of a running Deployment or DaemonSet."""
    return read_settings(told)


def compile(snapshot: Snapshot, settings: Settings) -> RouteTable:
    """The RouteTable that Traefik makes of these objects."""
    return Build(snapshot, settings).compiled(PROFILE.name).table()
