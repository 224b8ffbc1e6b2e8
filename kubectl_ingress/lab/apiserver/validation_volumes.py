"""What a pod's volumes may not be.

Kubernetes' own: pkg/apis/core/validation/validation.go; of the sources those that need no driver.
"""

from __future__ import annotations

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.validation_containers import check_field, check_resource_field
from kubectl_ingress.lab.apiserver.validation_fields import Faults
from kubectl_ingress.lab.apiserver.validation_names import dns_label

_MORE = "may not specify more than 1 volume type"
_MODES = range(0o1000)
# The fields of a source that must be there.
_NEEDED = {
    "hostPath": ("path",),
    "secret": ("secretName",),
    "nfs": ("server", "path"),
    "persistentVolumeClaim": ("claimName",),
    "configMap": ("name",),
}
# The first in the order of the type is the volume's own, the others are too much.
_ORDER = (
    "emptyDir",
    "hostPath",
    "secret",
    "nfs",
    "persistentVolumeClaim",
    "downwardAPI",
    "configMap",
    "projected",
)
_LONGEST_TOKEN, _SHORTEST_TOKEN = 2**32, 600
_FIELDS = (
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
)


def check_volumes(faults: Faults, place: str, volumes: list[Json]) -> list[str]:
    """All volumes; gives the names of those without a fault."""
    names: list[str] = []
    for index, volume in enumerate(volumes):
        field, name, found = f"{place}[{index}]", volume["name"], Faults()
        _check_source(found, field, volume)
        if name:
            found.all_invalid(f"{field}.name", name, dns_label(name))
        else:
            found.required(f"{field}.name")
        if name in names:
            found.duplicate(f"{field}.name", name)
        if not found:
            names.append(name)
        faults.take(found)
    return names


def _check_source(faults: Faults, field: str, volume: Json) -> None:
    given = [name for name in volume if name != "name"]
    given.sort(key=lambda name: (*_ORDER, name).index(name))
    for name in given[1:]:
        faults.forbidden(f"{field}.{name}", _MORE)
    if not given:
        return
    kind, source, place = given[0], volume[given[0]], f"{field}.{given[0]}"
    for needed in _NEEDED.get(kind, ()):
        if not source.get(needed):
            faults.required(f"{place}.{needed}")
    if kind == "hostPath":
        _check_no_way_up(faults, f"{place}.path", source.get("path", ""))
    if kind in ("secret", "configMap"):
        _check_mode(faults, f"{place}.defaultMode", source.get("defaultMode"))
        _check_keys(faults, f"{place}.items", source.get("items", []))
    if kind == "downwardAPI":
        _check_mode(faults, f"{place}.defaultMode", source.get("defaultMode"))
        for file in source.get("items", []):
            # The server does not say which of them.
            _check_file(faults, place, file)
    if kind == "projected":
        _check_mode(faults, f"{place}.defaultMode", source.get("defaultMode"))
        for index, each in enumerate(source["sources"] or []):
            _check_projection(faults, place, f"{place}.sources[{index}]", each)


def _check_projection(faults: Faults, place: str, field: str, source: Json) -> None:
    for name in ("secret", "configMap"):
        if name in source:
            if not source[name].get("name"):
                faults.required(f"{field}.{name}.name")
            _check_keys(faults, f"{field}.{name}.items", source[name].get("items", []))
    for file in source.get("downwardAPI", {}).get("items", []):
        _check_file(faults, f"{field}.downwardAPI", file)
    if "serviceAccountToken" in source:
        token = source["serviceAccountToken"]
        seconds, lifetime = token["expirationSeconds"], f"{field}.serviceAccountToken"
        if seconds < _SHORTEST_TOKEN:
            why = "may not specify a duration less than 10 minutes"
            faults.invalid(f"{lifetime}.expirationSeconds", seconds, why)
        if seconds > _LONGEST_TOKEN:
            why = "may not specify a duration larger than 2^32 seconds"
            faults.invalid(f"{lifetime}.expirationSeconds", seconds, why)
        if not token["path"]:
            faults.required(f"{place}.path")
    if len(source) > 1:
        faults.forbidden(field, "may not specify more than 1 volume type per source")


def _check_keys(faults: Faults, place: str, items: list[Json]) -> None:
    for index, item in enumerate(items):
        field = f"{place}[{index}]"
        for name in ("key", "path"):
            if not item[name]:
                faults.required(f"{field}.{name}")
        _check_path(faults, f"{field}.path", item["path"])
        _check_mode(faults, f"{field}.mode", item.get("mode"))


def _check_file(faults: Faults, field: str, file: Json) -> None:
    if not file["path"]:
        faults.required(f"{field}.path")
    _check_path(faults, f"{field}.path", file["path"])
    if "fieldRef" in file:
        check_field(faults, f"{field}.fieldRef", file["fieldRef"], _FIELDS)
        if "resourceFieldRef" in file:
            why = "fieldRef and resourceFieldRef can not be specified simultaneously"
            faults.invalid(field, "resource", why)
    elif "resourceFieldRef" in file:
        reference = file["resourceFieldRef"]
        check_resource_field(faults, f"{field}.resourceFieldRef", reference, in_volume=True)
    else:
        faults.required(field, "one of fieldRef and resourceFieldRef is required")
    _check_mode(faults, f"{field}.mode", file.get("mode"))


def _check_path(faults: Faults, field: str, path: str) -> None:
    if path.startswith("/"):
        faults.invalid(field, path, "must be a relative path")
    _check_no_way_up(faults, field, path)
    if path.startswith("..") and not path.startswith("../"):
        faults.invalid(field, path, "must not start with '..'")


def _check_no_way_up(faults: Faults, field: str, path: str) -> None:
    if ".." in path.split("/"):
        faults.invalid(field, path, "must not contain '..'")


def _check_mode(faults: Faults, field: str, mode: int | None) -> None:
    if mode is not None and mode not in _MODES:
        why = "must be a number between 0 and 0777 (octal), both inclusive"
        faults.invalid(field, mode, why)
