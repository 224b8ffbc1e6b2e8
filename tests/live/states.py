"""What a real cluster holds, so that two states of it can be compared: all kinds, all namespaces.

``read`` gives every object as it is. ``canonical`` takes from them what no two installations
have alike: what the API server draws (uid, resourceVersion, times, clusterIP, nodePorts), what
the certificate Job draws (the Secret's data, caBundle), and the random names and addresses of
pods. ``touched`` is strict: of what was there before, not even the resourceVersion may differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

Key = tuple[str, str, str]
Objects = dict[Key, Any]

# Written by the cluster for itself, all the time. An IPAddress is the API server's own note of a
# clusterIP; after it had been stopped (SIGSTOP), one too many was seen, once.
ALWAYS_CHANGING = {"Event", "Lease", "Node", "ComponentStatus", "IPAddress"}
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_MARK = "kubectl-ingress/installed-by"
_DRAWN = {
    *("uid", "resourceVersion", "creationTimestamp", "time", "selfLink"),
    *("clusterIP", "clusterIPs", "nodePort", "healthCheckNodePort", "caBundle"),
    *("nodeName", "zone", "addresses", "ip", "podIP"),
}
_ANNOTATIONS = {"endpoints.kubernetes.io/last-change-trigger-time"}
# A pod's last five letters, and those of the volume with its token.
_RANDOM = re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{5}$")


def read(client: httpx.Client) -> Objects:
    """Every object but those of ALWAYS_CHANGING, by kind, namespace and name."""
    found: Objects = {}
    for kind, path in _collections(client):
        answer = client.get(path)
        answer.raise_for_status()
        for item in answer.json()["items"]:
            meta = item["metadata"]
            found[(kind, meta.get("namespace", ""), meta["name"])] = item
    return found


def _collections(client: httpx.Client) -> Iterator[tuple[str, str]]:
    """The kinds that can be listed, each once, with the path of all of them."""
    for root in ("/api", "/apis"):
        answer = client.get(root, headers={"Accept": _DISCOVERY})
        answer.raise_for_status()
        if "items" not in answer.json():
            yield from _one_by_one(client, root)
            continue
        for group in answer.json()["items"]:
            name = group["metadata"].get("name", "")
            version = group["versions"][0]
            base = f"{root}/{name}/{version['version']}" if name else f"{root}/v1"
            for resource in version["resources"]:
                kind = resource["responseKind"]["kind"]
                if "list" in resource["verbs"] and kind not in ALWAYS_CHANGING:
                    yield kind, f"{base}/{resource['resource']}"


def _one_by_one(client: httpx.Client, root: str) -> Iterator[tuple[str, str]]:
    """The same of a server that tells of one group at a time, as the lab does."""
    groups = [f"{root}/v1"]
    if root == "/apis":
        listed = client.get(root).json()["groups"]
        groups = [f"{root}/{group['preferredVersion']['groupVersion']}" for group in listed]
    for base in groups:
        for resource in client.get(base).json()["resources"]:
            listable = "list" in resource["verbs"] and "/" not in resource["name"]
            if listable and resource["kind"] not in ALWAYS_CHANGING:
                yield resource["kind"], f"{base}/{resource['name']}"


def touched(before: Objects, after: Objects, keys: Iterable[Key]) -> list[str]:
    """Of these, those that were written since, or are gone, or were made again."""
    return [_title(key) for key in keys if _version(before[key]) != _version(after.get(key))]


def _version(item: Any) -> Any:
    meta = (item or {}).get("metadata", {})
    return meta.get("uid"), meta.get("resourceVersion")


def is_ours(item: Any) -> bool:
    """Whether it bears the mark of this program, and did not inherit it, as ReplicaSets do."""
    meta = item["metadata"]
    return _MARK in (meta.get("annotations") or {}) and "ownerReferences" not in meta


def canonical(objects: Objects) -> dict[str, Any]:
    """By a name that is the same in every run; the names of pods are numbered."""
    found: dict[str, Any] = {}
    for key, item in sorted(objects.items()):
        kept = {k: v for k, v in item.items() if k not in ("status", "apiVersion", "kind")}
        if key[0] == "Secret":
            # Which entries there are, not what is in them.
            kept["data"] = sorted(kept.get("data") or {})
        kept["metadata"] = _metadata(kept["metadata"], ours=is_ours(item))
        title = _title(key)
        if "generateName" in kept["metadata"]:
            title = _RANDOM.sub("-*", title)
        number = sum(each.startswith(f"{title}#") for each in found)
        found[f"{title}#{number}"] = _without_drawn(kept)
    return found


def _metadata(meta: dict[str, Any], *, ours: bool) -> dict[str, Any]:
    kept = dict(meta)
    fields = kept.pop("managedFields", [])
    if ours:
        # Who owns which field of ours; the status is its controller's.
        entries = [each for each in fields if "subresource" not in each]
        kept["managedFields"] = sorted(entries, key=lambda each: str(each["manager"]))
    else:
        # How often its controller has looked.
        kept.pop("generation", None)
    told = kept.pop("annotations", {})
    kept["annotations"] = {k: v for k, v in told.items() if k not in _ANNOTATIONS}
    return kept


def _without_drawn(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "drawn" if k in _DRAWN else _without_drawn(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_drawn(each) for each in value]
    return _RANDOM.sub("-*", value) if isinstance(value, str) else value


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """``name: field: this -> that`` of all that is not the same in both."""
    return [
        f"{name}: {line}"
        for name in sorted({*one, *other})
        for line in _lines("", one.get(name), other.get(name))
    ]


def _lines(path: str, one: Any, other: Any) -> Iterator[str]:
    if one == other:
        return
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from _lines(f"{path}.{key}", one.get(key), other.get(key))
    else:
        yield f"{path or 'object'}: {_short(one)} -> {_short(other)}"


def _short(value: Any) -> str:
    return json.dumps(value)[:300]


def _title(key: Key) -> str:
    kind, namespace, name = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
