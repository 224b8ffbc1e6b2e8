"""The flags that say where a test's requests are sent to, and who sends them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct

from kubectl_ingress.errors import UsageError

if TYPE_CHECKING:
    from kubectl_ingress.core.repetition import Repetition
    from kubectl_ingress.core.sending import Sending
    from kubectl_ingress.testing.placing import Vantage


class ViaWord(StrEnum):
    """The words of --via; core.vantage.Via has the same."""

    LB = "lb"
    NODEPORT = "nodeport"
    CONTROLLER = "controller"
    SERVICE = "service"
    POD = "pod"


class Sender(StrEnum):
    """The words of --from."""

    LOCAL = "local"
    CLUSTER = "cluster"


ViaFlag = Annotated[
    ViaWord,
    typer.Option(
        "--via", help="What is sent to: the load balancer, a hop behind it, or the pod itself."
    ),
]
From = Annotated[
    Sender, typer.Option("--from", help="Who sends: this machine, or pods of the cluster (a Job).")
]
Image = Annotated[
    str,
    typer.Option(
        "--image", metavar="IMAGE", help="Image with curl for --from cluster.", show_default=False
    ),
]
JobNamespace = Annotated[
    str,
    typer.Option(
        "--job-namespace",
        metavar="NAME",
        help="Namespace of that Job; default: the one worked in.",
        show_default=False,
    ),
]
Parallelism = Annotated[
    int,
    typer.Option(
        "--parallelism",
        metavar="N",
        min=1,
        max=100,
        help="Pods that send with --from cluster; they share the requests.",
    ),
]


class Typed(Struct, frozen=True):
    """What was typed after each of these flags."""

    via: ViaWord
    sender: Sender
    image: str
    namespace: str
    parallelism: int

    def check(self, repetition: Repetition, sending: Sending) -> None:
        """Raise UsageError for what does not go together."""
        from kubectl_ingress.core.repetition import Repetition

        if self.via is not ViaWord.LB and sending.ways:
            raise UsageError(
                "--via says where the request is sent to, and so do --connect-to and --resolve",
                "leave one of them out",
            )
        self.check_sender()
        if self.sender is Sender.LOCAL:
            return
        wire = sending.wire
        if wire.cacert or wire.cert:
            raise UsageError(
                "--cacert, --cert and --key are files of this machine, which no pod can read",
                "leave out --from cluster, or take -k",
            )
        count = repetition.count
        if count is None or repetition != Repetition(count):
            raise UsageError(
                "of the flags that repeat, only --count goes with --from cluster",
                "more at the same time: --parallelism N",
            )
        if self.parallelism > count:
            raise UsageError(
                f"--parallelism {self.parallelism} is more than there are requests",
                f"for one from each pod: --count {self.parallelism}",
            )

    def check_sender(self) -> None:
        """Raise UsageError for flags of pods where none are asked for."""
        if self.sender is Sender.CLUSTER:
            return
        typed = {"--image": self.image, "--job-namespace": self.namespace}
        for flag, word in (typed | {"--parallelism": self.parallelism > 1}).items():
            if word:
                raise UsageError(f"{flag} is for pods of the cluster", "add: --from cluster")

    def words(self) -> list[str]:
        """What leads the same request the same way again."""
        via = [] if self.via is ViaWord.LB else ["--via", self.via.value]
        return [*via, *(["--from", "cluster"] if self.sender is Sender.CLUSTER else [])]

    def vantage(self) -> Vantage:
        """The same, as the rest of the program has it."""
        from kubectl_ingress.clusterprobe.asked import FromCluster
        from kubectl_ingress.core.vantage import Via
        from kubectl_ingress.testing.placing import Vantage

        via = Via(self.via.value)
        if self.sender is Sender.LOCAL:
            return Vantage(via)
        image = self.image or FromCluster().image
        return Vantage(via, FromCluster(self.namespace, image, self.parallelism))
