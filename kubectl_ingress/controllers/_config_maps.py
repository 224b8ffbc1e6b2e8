"""Which ConfigMap is a controller's own."""

from __future__ import annotations

from collections.abc import Container

from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import ConfigMap, Snapshot


def own_config_map(
    snapshot: Snapshot, told: Told, flag: str, keys: Container[str]
) -> ConfigMap | None:
    """The one that the command line names, None where there is none.

    Files rarely hold the command line: there it is the only ConfigMap with one
    of the controller's `keys`.
    """
    namespace, _, name = told.reference(flag).rpartition("/")
    namespace = namespace or told.namespace
    if name and namespace:
        return snapshot.config_map_by_key.get((namespace, name))
    if name:
        # The namespace of a controller that is not among the files: nobody knows.
        likely = [one for one in snapshot.config_maps if one.meta.name == name]
    elif snapshot.offline:
        likely = [one for one in snapshot.config_maps if any(key in keys for key in one.data)]
    else:
        return None
    return likely[0] if len(likely) == 1 else None
