"""Removing an installation: the webhook, what runs, and all that is left then.

What runs is waited for before its rights go: a controller that ends takes its
addresses off the Ingresses, and finishes requests that are under way. Every
object is deleted by its uid, so that one that somebody has made anew in the
meantime stays. An interrupted run is simply done again: what is left of an
installation is found by its marks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.errors import ApiConflict, ApiNotFound, NotReady
from kubectl_ingress.install.belongings import WORKLOADS
from kubectl_ingress.install.live import Live, is_terminating, reader_of, title_of
from kubectl_ingress.install.marks import LABEL
from kubectl_ingress.install.metadata import selector
from kubectl_ingress.install.removal import Removal, why_it_stays
from kubectl_ingress.install.settings import INSTALLED_BY
from kubectl_ingress.ports import api
from kubectl_ingress.ports.waiting import look_on

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

_POLL_SECONDS = 0.5


class Uninstall(Struct, frozen=True):
    """One removal under way, by whose clock, and who is told.

    `after` gets each object when its deletion is accepted, `say` what is waited for.
    """

    cluster: Cluster
    removal: Removal
    environment: Environment
    deadline: float
    after: Callable[[Live], None]
    say: Callable[[str], None]

    def rehearse(self) -> None:
        """Let the API server check every deletion, and keep everything."""
        self._hand_over(dry_run=True)
        for live in self.removal.objects:
            if self._delete(live, dry_run=True):
                self.after(live)

    def carry_out(self) -> str:
        """Delete all of it and wait until it is gone; why the namespace stays, "" if it is gone.

        Raises NotReady at the deadline, and the ApiError of what is refused.
        """
        removal, namespace = self.removal, self.removal.belongings.namespace
        runs = {reader_of(e).meta().uid for e in removal.first if e["kind"] in (*WORKLOADS, "Job")}
        if namespace:
            runs |= self._replica_sets(namespace, runs)
        self._hand_over()
        self._remove(removal.first)
        if namespace:
            self._await("its pods to end", partial(self._pods, namespace, runs))
        self._remove(removal.rest)
        if removal.namespace is None:
            return ""
        # Somebody may have put something there in the meantime, or taken it away.
        stays = why_it_stays(self.cluster, namespace)
        if not stays:
            self._remove([removal.namespace])
        return stays

    def _hand_over(self, *, dry_run: bool = False) -> None:
        for live in self.removal.handed_over:
            meta = reader_of(live).meta()
            # One that somebody has made anew in the meantime is not this one, and is refused.
            marks = {"annotations": {INSTALLED_BY: None}, "labels": {LABEL: None}}
            body, kind = {"metadata": {"uid": meta.uid, **marks}}, KINDS["IngressClass"]
            with contextlib.suppress(ApiNotFound):
                api.patch(self.cluster, kind, meta.name, "", body, dry_run=dry_run)

    def _remove(self, objects: Iterable[Live]) -> None:
        deleted = []
        for live in objects:
            if self._delete(live):
                self.after(live)
                deleted.append(live)
        for live in deleted:
            self._await(f"{title_of(live)} to go", partial(self._there, live))

    def _await(self, what: str, look: Callable[[], list[str]]) -> None:
        """Return when `look` finds nothing any more; it names what holds it up."""
        told = False
        while found := look_on(look, self.environment, self.deadline):
            if self.environment.monotonic() >= self.deadline:
                raise NotReady(
                    f"waited in vain for {what}: {', '.join(found[:3])}",
                    "The same command again goes on from here.",
                )
            if not told:
                self.say(f"Waiting for {what}")
                told = True
            self.environment.sleep(_POLL_SECONDS)

    def _there(self, live: Live) -> list[str]:
        meta = reader_of(live).meta()
        kind = self.removal.kind_of(live)
        now = api.find(self.cluster, kind, meta.name, meta.namespace)
        if now is None or reader_of(now).meta().uid != meta.uid:
            return []
        holding = reader_of(now).child("metadata").strings("finalizers")
        conditions = reader_of(now).child("status").children("conditions")
        said = [each.text("message") for each in conditions if each.text("status") == "True"]
        # Of a Namespace its conditions tell what is left in it.
        why = said if kind.name == "Namespace" and said else [f"it has {f}" for f in holding]
        return why or ["it is still there"]

    def _delete(self, live: Live, *, dry_run: bool = False) -> bool:
        return _delete(self.cluster, self.removal.kind_of(live), live, dry_run=dry_run)

    def _replica_sets(self, namespace: str, owners: set[str]) -> set[str]:
        found = map(reader_of, api.list_all(self.cluster, KINDS["ReplicaSet"], namespace))
        return {each.meta().uid for each in found if _owners(each) & owners}

    def _pods(self, namespace: str, owners: set[str]) -> list[str]:
        """The pods of what was deleted, and those that end already, of a run before."""
        components = (selector("controller"), selector("admission-webhook"))
        return [
            f"Pod {pod.meta().name}"
            for pod in map(reader_of, api.list_all(self.cluster, KINDS["Pod"], namespace))
            if _owners(pod) & owners
            or (
                is_terminating(pod.data)
                and any(each.items() <= pod.meta().labels.items() for each in components)
            )
        ]


def _owners(reader: Reader) -> set[str]:
    owners = reader.child("metadata").children("ownerReferences")
    return {owner.text("uid") for owner in owners}


def _delete(cluster: Cluster, kind: Kind, live: Live, *, dry_run: bool = False) -> bool:
    """Delete this very object, in the background what it owns; False where it is gone already."""
    meta = reader_of(live).meta()
    options = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Background",
        "preconditions": {"uid": meta.uid},
        # Beside a body the API server does not look at the query: there it would really delete.
        **({"dryRun": ["All"]} if dry_run else {}),
    }

    def send() -> bool:
        try:
            cluster.request(
                "DELETE",
                kind.path(quote(meta.namespace), quote(meta.name, safe=":")),
                query={"dryRun": "All"} if dry_run else {},
                body=options,
            )
        except ApiNotFound:
            return False
        return True

    try:
        return send()
    except ApiConflict:
        # Made anew by somebody; a Namespace that is going away already; or just written.
        now = api.find(cluster, kind, meta.name, meta.namespace)
        if now is None or reader_of(now).meta().uid != meta.uid:
            return False
        return is_terminating(now) or send()
