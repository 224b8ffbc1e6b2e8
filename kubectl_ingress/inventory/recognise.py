"""Which controller a workload is, and what it takes for its own: pure.

By its image first, whatever it is called; where a registry of one's own has
renamed the image, by the label that its chart sets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._discovery import known_controllers
from kubectl_ingress.controllers._known import (
    KNOWN,
    By,
    Known,
    Serves,
    known_by_controller,
    known_by_image,
    name_by_build,
    repository_of,
)
from kubectl_ingress.controllers._profile import Controller, Told
from kubectl_ingress.core.inventory import Claim
from kubectl_ingress.core.objects import Snapshot, Workload

_NAME = "app.kubernetes.io/name"
_COMPONENT = "app.kubernetes.io/component"
_VERSION_LABEL = "app.kubernetes.io/version"
# A chart's other workloads, such as a default backend, have another component.
_CONTROLLER_COMPONENTS = ("", "controller", "ingress-controller")
_NUMBER = re.compile(r"(?<![\w.])v?(\d{1,6}\.\d{1,6}(?:\.\d{1,6})?(?:[-+.][\w.+-]*)?)", re.ASCII)
_TRUE = ("", "true", "1")


class Recognised(Struct, frozen=True):
    """A workload that is a controller. `image` is that of its container."""

    known: Known
    workload: Workload
    image: str
    claims: tuple[Claim, ...]

    @property
    def version(self) -> str:
        """From the image's tag, else from the labels; "" where neither tells."""
        if self.known.outside:
            return ""
        labels = {**self.workload.pod_labels, **self.workload.meta.labels}
        return version_of(tag_of(self.image)) or version_of(labels.get(_VERSION_LABEL, ""))


def tag_of(image: str) -> str:
    """The tag of an image, "" where it has none."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def version_of(text: str) -> str:
    """The first version number in a tag or label: ``v1.15.1`` or ``nginx-1.9.6-hardened1``."""
    found = _NUMBER.search(text)
    return found[1].rstrip(".-+") if found else ""


def recognise(
    workloads: Iterable[Workload], environment: Mapping[tuple[str, str, str], Mapping[str, str]]
) -> tuple[Recognised, ...]:
    """The controllers among Deployments and DaemonSets.

    `environment` maps kind, namespace and name to the variables of the
    containers: some are configured by these alone.
    """
    modelled = known_controllers()
    found = []
    for workload in workloads:
        key = (workload.kind, workload.meta.namespace, workload.meta.name)
        one = _recognised(workload, modelled, environment.get(key, {}))
        if one is not None:
            found.append(one)
    return tuple(found)


def outsiders() -> tuple[tuple[Known, tuple[Claim, ...]], ...]:
    """The controllers that run beside the cluster, each with what it takes for its own."""
    return tuple(
        (known, tuple(_claim(serves, {}) for serves in known.serves))
        for known in KNOWN
        if known.outside
    )


def _recognised(
    workload: Workload, modelled: tuple[Controller, ...], variables: Mapping[str, str]
) -> Recognised | None:
    for image in workload.images:
        known = known_by_image(repository_of(image))
        if known is not None and (not known.argument or known.argument in workload.args):
            return _listed(known, workload, image, variables)
    for image in workload.images:
        name = name_by_build(repository_of(image))
        for controller in modelled:
            if name == controller.PROFILE.name:
                return _modelled(controller, workload, image)
    return _by_label(workload, modelled, variables)


def _by_label(
    workload: Workload, modelled: tuple[Controller, ...], variables: Mapping[str, str]
) -> Recognised | None:
    name = workload.meta.labels.get(_NAME, "")
    if not name or workload.meta.labels.get(_COMPONENT, "") not in _CONTROLLER_COMPONENTS:
        return None
    image = workload.images[0] if workload.images else ""
    for controller in modelled:
        if name == controller.PROFILE.name:
            return _modelled(controller, workload, image)
    for known in KNOWN:
        if name in known.apps:
            return _listed(known, workload, image, variables)
    return None


def _modelled(controller: Controller, workload: Workload, image: str) -> Recognised:
    profile = controller.PROFILE
    rule = controller.settings_of(Told.by(workload), Snapshot()).class_rule
    claim = Claim(rule.controller, rule.ingress_class, without_class=rule.without_class)
    other = known_by_controller(rule.controller)
    if other is None or other.build_of != profile.name:
        other = Known(profile.name, profile.title)
    return Recognised(other, workload, image, (claim,))


def _listed(
    known: Known, workload: Workload, image: str, variables: Mapping[str, str]
) -> Recognised:
    words = [
        f"--{name.removeprefix(known.env_prefix).lower().replace('_', '-')}={value}"
        for name, value in variables.items()
        if known.env_prefix and name.startswith(known.env_prefix)
    ]
    workload = replace(workload, args=(*words, *workload.args))
    flags = flags_of(workload.args)
    claims = tuple(
        _claim(serves, flags)
        for serves in known.serves
        if not serves.switch or _switched_on(serves.switch, flags)
    )
    return Recognised(known, workload, image, claims)


def flags_of(arguments: tuple[str, ...]) -> dict[str, str]:
    """Flags by their lower-case name without dashes; one without a value is "true"."""
    found: dict[str, str] = {}
    for number, argument in enumerate(arguments):
        if not argument.startswith("-"):
            continue
        name, equals, value = argument.lstrip("-").partition("=")
        if not equals:
            following = arguments[number + 1] if number + 1 < len(arguments) else "-"
            value = "true" if following.startswith("-") else following
        found[name.lower()] = value
    return found


def _switched_on(switch: str, flags: Mapping[str, str]) -> bool:
    below = any(name.startswith(f"{switch}.") for name in flags)
    return below or flags.get(switch, "false").lower() in _TRUE


def _claim(serves: Serves, flags: Mapping[str, str]) -> Claim:
    controller = flags.get(serves.controller_flag) or serves.controller
    suffix = flags.get(serves.suffix_flag, "")
    name = flags.get(serves.class_flag, "")
    return Claim(
        controller=f"{controller}/{suffix}" if suffix else controller,
        class_name=name or serves.class_name,
        by_name=serves.by is By.NAME,
        narrow=serves.by is By.BOTH or (serves.narrows and bool(name)),
        without_class=serves.without_class
        or (serves.unless_told and not name)
        or flags.get(serves.without_class_flag, "false").lower() in _TRUE,
        more_names=serves.more_names,
    )
