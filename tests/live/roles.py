"""The table of permissions in the README, as RBAC objects for users that have just these."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

README = Path(__file__).parents[2] / "README.md"
GROUP = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class Right:
    """One verb on one resource; in all namespaces, or in that of the command."""

    verb: str
    resource: str
    everywhere: bool

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}{'' if self.everywhere else ' in the namespace'}"

    @property
    def rule(self) -> dict[str, list[str]]:
        """As a rule of a Role."""
        plural, _, group = self.resource.partition(".")
        return {"apiGroups": [group], "resources": [plural], "verbs": [self.verb]}


def rows() -> dict[str, tuple[Right, ...]]:
    """Command -> what it needs, as the README says."""
    table = re.search(r"<!-- roles: begin -->\n(.*)<!-- roles: end -->", README.read_text(), re.S)
    assert table is not None
    found = {}
    for line in table[1].splitlines()[2:]:
        command, cluster, namespace = (cell.strip() for cell in line.strip("|").split("|"))
        rights = (*_rights(cluster, True), *_rights(namespace, False))
        found[command.strip("`")] = rights
    return found


def _rights(cell: str, everywhere: bool) -> Iterator[Right]:
    """``get, list a, b.c; create d``."""
    for part in filter(None, cell.split("; ")):
        words = [word.strip(",") for word in part.split()]
        # The last verb is the first word without a comma.
        count = next(i for i, word in enumerate(part.split(), 1) if not word.endswith(","))
        for resource in words[count:]:
            for verb in words[:count]:
                yield Right(verb, resource, everywhere)


def objects(user: str, rights: tuple[Right, ...], namespace: str) -> Iterator[Mapping[str, Any]]:
    """A ClusterRole and a Role with these rights, bound to the user."""
    for kind, everywhere in (("ClusterRole", True), ("Role", False)):
        rules = [right.rule for right in rights if right.everywhere is everywhere]
        place = {} if everywhere else {"namespace": namespace}
        meta = {"name": user, **place}
        head = {"apiVersion": f"{GROUP}/v1", "metadata": meta}
        yield {**head, "kind": kind, "rules": rules}
        yield {
            **head,
            "kind": f"{kind}Binding",
            "roleRef": {"apiGroup": GROUP, "kind": kind, "name": user},
            "subjects": [{"kind": "User", "apiGroup": GROUP, "name": user}],
        }


def path_of(item: Mapping[str, Any]) -> str:
    """Where it is created."""
    namespace = item["metadata"].get("namespace")
    place = f"/namespaces/{namespace}" if namespace else ""
    return f"/apis/{GROUP}/v1{place}/{item['kind'].lower()}s"


_NEEDED = re.compile(r"needed: ([^\n]*)")


def named(said: str) -> set[tuple[str, str]]:
    """The (verb, resource) that an error asks for."""
    found = set()
    for needed in _NEEDED.findall(said):
        for part in re.sub(r" in namespace \S+?(?=;|$)", "", needed).split("; "):
            words = part.split()
            count = next((i for i, word in enumerate(words, 1) if not word.endswith(",")), 0)
            verbs = [word.strip(",") for word in words[:count]]
            found |= {(verb, word.strip(",")) for verb in verbs for word in words[count:]}
    return found
