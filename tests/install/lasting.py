"""A world whose cluster lasts for several commands: upgrades and removals need more of it.

It tells who owns which field (``managedFields``) and which kinds it serves, and
a workload there becomes ready whenever it was changed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from kubectl_ingress.__main__ import main
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiFailed
from kubectl_ingress.install.settings import CONTROLLER_NAME
from kubectl_ingress.ports.api import FIELD_MANAGER
from tests.install.world import NS, InstallCluster, Result, World, node

Key = tuple[str, str, str]


class LastingCluster(InstallCluster):
    """Adds ``managedFields`` of our own applies, and discovery."""

    discovers = True

    def request(self, method: str, path: str, **rest: Any) -> dict[str, Any]:
        if path in ("/api/v1", "/apis") or (path.startswith("/apis/") and path.count("/") == 3):
            if not self.discovers:
                raise ApiFailed("503")
            return self._discovery(path)
        answer = super().request(method, path, **rest)
        for item in answer.get("items", [answer]):
            self._tell_owners(answer.get("kind", "").removesuffix("List"), item)
        return answer

    def _tell_owners(self, kind: str, item: dict[str, Any]) -> None:
        meta = item.get("metadata")
        if not isinstance(meta, dict) or "uid" not in meta:
            return
        tree: dict[str, Any] = {}
        key = (kind, meta.get("namespace", ""), meta["name"])
        for path, managers in self._owners.get(key, {}).items():
            if FIELD_MANAGER in managers:
                place = tree
                for name in path:
                    place = place.setdefault(f"f:{name}", {})
                if path[-1] == "containers":
                    # A FakeCluster owns lists as a whole.
                    fields: dict[str, Any] = {"f:image": {}, "f:args": {}, "f:ports": {}}
                    place['k:{"name":"controller"}'] = fields
        if tree:
            entry = {"manager": FIELD_MANAGER, "operation": "Apply", "fieldsV1": tree}
            meta["managedFields"] = [entry]

    def _discovery(self, path: str) -> dict[str, Any]:
        version = path.removeprefix("/apis/").removeprefix("/api/")
        if path != "/apis":
            kinds = [kind for kind in KINDS.values() if kind.api_version == version]
            return {
                "resources": [
                    {
                        "name": kind.plural,
                        "kind": kind.name,
                        "namespaced": kind.namespaced,
                        "verbs": ["get", "list"],
                    }
                    for kind in kinds
                ]
            }
        versions = sorted({kind.api_version for kind in KINDS.values()} - {"v1"})
        return {
            "groups": [
                {
                    "name": each.partition("/")[0],
                    "preferredVersion": {"groupVersion": each},
                    "versions": [{"groupVersion": each}],
                }
                for each in versions
            ]
        }


class Lasting(World):
    """A world in which any command runs, and all that is made becomes ready at once."""

    def __init__(self, *objects: Mapping[str, Any]) -> None:
        super().__init__()
        self.cluster = LastingCluster([node(), *objects])
        self.broken: set[str] = set()
        """Parts of images that never become ready."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.settle()

    def settle(self) -> None:
        """What Kubernetes, the cloud and the admission Jobs do."""
        objects = self.cluster.objects
        if ("Job", NS, "ingress-nginx-admission-patch") in objects:
            self.make_certificate()
        workload = objects.get(("Deployment", NS, CONTROLLER_NAME))
        if workload is None:
            return
        image = workload["spec"]["template"]["spec"]["containers"][0]["image"]
        if any(part in image for part in self.broken):
            self.make_pods(available=0)
        else:
            self.start_controller()
            reason = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}
            workload["status"]["conditions"] = [reason]
        if ("Service", NS, CONTROLLER_NAME) in objects:
            self.name_balancer()

    def run(self, *words: str, stdin: str | None = None) -> Result:
        """``kubectl ingress WORDS``; with `stdin` that is typed at a terminal."""
        out, err = io.StringIO(), io.StringIO()
        environment = Environment(
            stdin=Terminal(stdin) if stdin is not None else io.StringIO(),
            stdout=out,
            stderr=err,
            variables={},
            monotonic=lambda: self.now,
            sleep=self.sleep,
            make_cluster=lambda _environment, _options: self.cluster,
        )
        return Result(main(words, environment), out.getvalue(), err.getvalue())

    def state(self) -> dict[Key, dict[str, Any]]:
        """All objects, without what is another each time they are made."""
        return {
            key: {
                **{field: value for field, value in each.items() if field != "status"},
                "metadata": {
                    name: value
                    for name, value in each["metadata"].items()
                    if name in ("labels", "annotations")
                },
            }
            for key, each in self.cluster.objects.items()
            if key[0] not in ("EndpointSlice", "Event")
        }

    def interrupt_at(self, count: int, *, after: bool, raises: Callable[[], Exception]) -> None:
        """Raise at the request of that number that would write, before or after it is done."""
        cluster, left = self.cluster, [count]
        request = cluster.request

        def interrupted(method: str, path: str, **rest: Any) -> dict[str, Any]:
            writes = method in ("PATCH", "DELETE") and not (rest.get("query") or {}).get("dryRun")
            left[0] -= writes
            if writes and left[0] == 0 and not after:
                raise raises()
            answer = request(method, path, **rest)
            if writes and left[0] == 0:
                raise raises()
            return answer

        cluster.request = interrupted  # type: ignore[method-assign]

    def go_on(self) -> None:
        """Nothing interrupts any more."""
        del self.cluster.request  # type: ignore[attr-defined]


class Terminal(io.StringIO):
    """Somebody types."""

    def isatty(self) -> bool:
        return True


def image_of(world: Lasting) -> str:
    container = world.edit("Deployment", CONTROLLER_NAME)["spec"]["template"]["spec"]["containers"]
    return str(container[0]["image"])


def replica_set(world: Lasting, revision: str, template: Any) -> dict[str, Any]:
    owner = world.edit("Deployment", CONTROLLER_NAME)["metadata"]["uid"]
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"rs-{revision}",
            "namespace": NS,
            "annotations": {"deployment.kubernetes.io/revision": revision},
            "ownerReferences": [{"uid": owner}],
        },
        "spec": {"template": template},
    }
