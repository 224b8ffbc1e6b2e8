"""What is done to a cluster to compare controllers, and what is seen of it, normalised."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.realcluster.testbed import Bed

MANIFESTS = Path(__file__).with_name("controllers_manifests.yaml")
NAMESPACE, ENDING = "compared", "ending"
KINDS = "deploy,rs,ds,job,pod,ep,endpointslice,sa,cm"
SETTLED_SECONDS, LONGEST_SECONDS = 1.4, 20.0
SAFE = "[bcdfghjklmnpqrstvwxz2456789]"
# What takes longer than that by itself, and when it has come to rest.
SLOW = (
    ("deploy/stuck", "condition=Progressing=False"),
    ("job/twice", "condition=Complete"),
    ("job/indexed", "condition=Complete"),
    ("job/broken", "condition=Failed"),
    ("job/late", "condition=Failed"),
    ("job/vanishing", "delete"),
)
Json = dict[str, Any]
Seen = dict[str, Any]


def stages(bed: Bed) -> Iterator[tuple[str, Seen]]:
    """All stages, one after the other: its name, and what is there after it."""
    names = Names()

    def kubectl(*words: str) -> str:
        return bed.kubectl("-n", NAMESPACE, *words).stdout

    def look() -> Seen:
        return names.normalised(settled(bed))

    bed.node.unpullable.add("unpullable")
    begin(bed)
    yield "made", look()
    change(kubectl)
    yield "changed", look()
    yield "history", {"text": kubectl("rollout", "history", "deploy/roll")}
    kubectl("rollout", "undo", "deploy/roll")
    kubectl("rollout", "status", "deploy/roll")
    kubectl("rollout", "resume", "deploy/held")
    kubectl("rollout", "status", "deploy/held")
    yield "undone", look()
    yield "ending", names.normalised([bed.get("ns", ENDING)])
    remove(kubectl)
    yield "removed", look()


def begin(bed: Bed) -> None:
    """Create everything."""
    bed.kubectl("create", "ns", ENDING)
    bed.kubectl("create", "ns", NAMESPACE)
    bed.wait_for(lambda: bed.get("sa", "default", "-n", NAMESPACE), 5, "the default account")
    held = {"name": "held", "namespace": ENDING, "finalizers": ["example.org/held"]}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": held}
    bed.apply(json.dumps(body))
    bed.apply(MANIFESTS.read_text().replace("NS", NAMESPACE))
    bed.kubectl("delete", "ns", ENDING, "--wait=false")
    for name, goal in SLOW:
        bed.kubectl("-n", NAMESPACE, "wait", name, f"--for={goal}", "--timeout=30s")


def change(kubectl: Callable[..., str]) -> None:
    """Update, scale, pause, lose a pod to another label."""
    kubectl("set", "image", "deploy/roll", "web=idle:2")
    kubectl("set", "image", "deploy/again", "web=idle:2")
    kubectl("set", "image", "deploy/brief", "web=idle:2")
    kubectl("set", "image", "ds/every", "web=idle:2")
    kubectl("rollout", "pause", "deploy/held")
    kubectl("set", "image", "deploy/held", "web=idle:2")
    kubectl("scale", "deploy/held", "--replicas=2")
    kubectl("scale", "rs/bare", "--replicas=0")
    kubectl("rollout", "status", "deploy/roll")
    kubectl("scale", "deploy/roll", "--replicas=3")
    for name in ("deploy/roll", "deploy/again", "deploy/brief", "ds/every"):
        kubectl("rollout", "status", name)
    brief = kubectl("get", "pods", "-l", "app=brief", "-o", "name").split()
    kubectl("label", brief[0], "app=released", "--overwrite")


def remove(kubectl: Callable[..., str]) -> None:
    """Delete in all three ways, and a pod of a Job."""
    kubectl("delete", "deploy/again", "--cascade=orphan")
    kubectl("delete", "deploy/roll", "--cascade=foreground")
    kubectl("delete", "deploy/held", "deploy/stuck", "job/twice", "ds/every")
    kubectl("delete", "service", "roll")
    # Last, since it is replaced after ten seconds.
    pods = kubectl("get", "pods", "-l", "job-name=endless", "-o", "name").split()
    kubectl("delete", pods[0], "--wait=false")
    kubectl("wait", "job/endless", "--for=jsonpath={.status.failed}=1")


def settled(bed: Bed) -> list[Json]:
    """Everything, once nothing has changed for a while."""
    begun = changed = time.monotonic()
    items: list[Json] = []
    while time.monotonic() < changed + SETTLED_SECONDS:
        assert time.monotonic() < begun + LONGEST_SECONDS, "it does not settle"
        now = bed.get(KINDS, "-n", NAMESPACE, "--show-managed-fields")["items"]
        if stripped(now) != stripped(items):
            changed = time.monotonic()
        items = now
        time.sleep(0.3)
    return items + [
        event
        for event in bed.get("events", "-n", NAMESPACE, "--show-managed-fields")["items"]
        if event["source"].get("component", "").endswith("-controller")
    ]


def stripped(items: list[Json]) -> list[Json]:
    """The objects without what the retries of hopeless things change."""
    return [item for item in items if item["metadata"]["name"] != "refused"]


class Names:
    """The names that differ from run to run, in the order of their first appearance."""

    def __init__(self) -> None:
        self._hashes: dict[str, str] = {}

    def normalised(self, items: list[Json]) -> Seen:
        """Kind and name -> the object; several of one name are listed."""
        self._learn(items)
        seen: dict[str, list[Json]] = {}
        for item in items:
            plain = json.loads(self._plain(json.dumps(_reduced(item))))
            seen.setdefault(f"{item['kind']} {plain['metadata']['name']}", []).append(plain)
        return {key: sorted(found, key=json.dumps) for key, found in sorted(seen.items())}

    def _learn(self, items: list[Json]) -> None:
        labels = ("pod-template-hash", "controller-revision-hash")
        for item in sorted(items, key=lambda each: each["metadata"]["creationTimestamp"]):
            found = item["metadata"].get("labels", {})
            for value in filter(None, (found.get(label) for label in labels)):
                count = sum(each.startswith(found["app"]) for each in self._hashes.values())
                self._hashes.setdefault(value, f"{found['app']}{count + 1}")

    def _plain(self, text: str) -> str:
        for value, name in self._hashes.items():
            text = text.replace(value, name.upper())
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", text)
        # The bed's controller manager is called after its file.
        text = re.sub(r"bed-[0-9a-f]{64}", "kube-controller-manager", text)
        text = re.sub(r"-----BEGIN [^\"]*", "PEM", text)
        text = re.sub(r"10\.244\.0\.\d+", "IP", text)
        text = re.sub(rf"-{SAFE}{{5}}(?![-\w])", "-RANDOM", text)
        return re.sub(r"(\"[a-zA-Z0-9-]+)\.[0-9a-f]{16}\"", r'\1.EVENT"', text)


def _reduced(item: Json) -> Json:
    """The object without what the API server or the kubelet says, and in a fixed order."""
    item = json.loads(json.dumps(item))
    metadata = item["metadata"]
    del metadata["resourceVersion"]
    metadata["managers"] = sorted(
        {
            f"{each['manager']} {each['operation']} {each.get('subresource', '')}"
            for each in metadata.pop("managedFields", [])
        }
    )
    item.get("involvedObject", {}).pop("resourceVersion", None)
    if item["kind"] == "Pod":
        del item["status"]
    if item["kind"] == "Event" and item["reason"] == "FailedCreate":
        item["count"] = "several"
    if item["kind"] == "EndpointSlice":
        # How often it changes depends on how fast the pods get ready.
        del metadata["generation"]
    for name in ("endpoints", "subsets", "ports"):
        if item.get(name):
            item[name].sort(key=lambda each: json.dumps(each, sort_keys=True))
    for subset in item.get("subsets") or []:
        subset.get("ports", []).sort(key=lambda each: each.get("name", ""))
    return item
