"""Programs that end."""

from __future__ import annotations

from kubectl_ingress.lab.kubelet.workload import Container, Idle, Workload


class Exits(Idle):
    """A program that ends at once, with the status that its image names: ``exits-1``."""

    def __init__(self, container: Container, _node: object) -> None:
        self._code = int(container.spec["image"].rpartition("-")[2])

    def exit_code(self) -> int | None:
        return self._code


def make_exits(container: Container, node: object) -> Workload:
    """For Node.images."""
    return Exits(container, node)
