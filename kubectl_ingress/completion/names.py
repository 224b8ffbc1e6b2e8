"""Names from outside that complete a word: from the kubeconfig, or asked of the cluster."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from kubectl_ingress.completion.line import Line
from kubectl_ingress.connection import FLAGS, ClusterOptions
from kubectl_ingress.env import Environment

REQUEST_SECONDS = 2.0
# The client library's import, a login and the answer; a plugin that waits for
# a person in a browser shall not keep the prompt.
PATIENCE_SECONDS = 6.0
MOST = 500


def connection_of(line: Line) -> ClusterOptions:
    """The connection flags that stand on the line."""
    values: dict[str, Any] = {}
    for flag in FLAGS:
        typed = line.typed.get(flag.names[0])
        if not typed:
            continue
        if flag.type is bool:
            values[flag.field] = True
        else:
            values[flag.field] = typed[-1] if flag.type is str else tuple(typed)
    return ClusterOptions(**values)


def of_kubeconfig(section: str, line: Line, environment: Environment) -> Sequence[str]:
    """The names in its ``contexts``, ``clusters`` or ``users``. Raises KubeconfigError."""
    from kubectl_ingress.ports import kubeconfig

    merged = kubeconfig.read(connection_of(line).kubeconfig, environment.variables)
    entries = {"contexts": merged.contexts, "clusters": merged.clusters, "users": merged.users}
    return tuple(entries[section])


def _name(item: Any) -> Iterator[object]:
    yield item["metadata"]["name"]


def of_cluster(
    kind: str,
    line: Line,
    environment: Environment,
    patience: float = PATIENCE_SECONDS,
    read: Callable[[Any], Iterable[object]] = _name,
) -> Sequence[str]:
    """The first 500 names of this kind, those of the namespace where it has one.

    Or what `read` finds in the first 500 objects. After `patience` seconds there
    are none. Whatever goes wrong gives no names either: there is no place for a
    message in the middle of a line.
    """
    found: list[str] = []

    def look() -> None:
        try:
            items = _ask(kind, line, environment)
            found.extend(one for item in items for one in read(item) if isinstance(one, str))
        except Exception:  # noqa: BLE001 - see above
            found.clear()

    # A daemon: what is still waiting then ends with the process.
    asking = threading.Thread(target=look, daemon=True)
    asking.start()
    asking.join(patience)
    return tuple(found)


def hosts(line: Line, environment: Environment) -> Sequence[str]:
    """Those of the Ingresses; as `of_cluster`."""
    return of_cluster("Ingress", line, environment, read=_hosts)


def urls(line: Line, environment: Environment) -> Sequence[str]:
    """Of the same, once a scheme is typed; before it a path may be meant."""
    scheme, colon, _ = line.current.partition(":")
    if not colon or scheme not in ("http", "https"):
        return ()
    return [f"{scheme}://{host}/" for host in hosts(line, environment)]


def _hosts(item: Any) -> Iterator[object]:
    for rule in item["spec"].get("rules") or ():
        yield rule.get("host")


def _ask(kind_name: str, line: Line, environment: Environment) -> list[Any]:
    from kubectl_ingress.core.kinds import KINDS

    kind = KINDS[kind_name]
    # Warnings and prompts would be written into the line being typed.
    quiet = replace(environment, stdin=io.StringIO(), stderr=io.StringIO())
    cluster = quiet.cluster(connection_of(line))
    place = "" if "--all-namespaces" in line.typed else cluster.namespace
    answer = cluster.request(
        "GET", kind.path(place), query={"limit": str(MOST)}, timeout=REQUEST_SECONDS
    )
    return list(answer["items"])
