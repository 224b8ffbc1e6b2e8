"""What a verdict is about: the controller that was asked, and the question."""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_ingress.core.answer import Answer, Plan
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.fingerprints import is_own
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Decision
from kubectl_ingress.core.values import Value

_STATUS = re.compile(r"[1-5](\d\d|xx)", re.IGNORECASE)


class Expectation(Struct, frozen=True):
    """What the user asked for; empty means not asked.

    `statuses` are as typed: 200, 2xx. `body` is text that must occur.
    """

    statuses: tuple[str, ...] = ()
    body: str = ""

    @property
    def given(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.statuses or self.body)

    def unmet(self, answer: Answer) -> str:
        """What is not as asked, "" if all is."""
        if self.statuses and not any(status_fits(answer.status, s) for s in self.statuses):
            return f"the status is {answer.status}, expected {' or '.join(self.statuses)}"
        if self.body and self.body not in answer.text:
            read = f"the first {len(answer.body):,} bytes of the body" if answer.truncated else ""
            verb = "do" if read else "does"
            return f"{read or 'the body'} {verb} not hold {self.body!r}"
        return ""


def status_fits(status: int, wanted: str) -> bool:
    """Whether a status is ``200`` or of the class ``2xx``."""
    if wanted.lower().endswith("xx"):
        return str(status)[0] == wanted[0]
    return str(status) == wanted


def is_status(text: str) -> bool:
    """Whether `text` may stand after --expect-status."""
    return bool(_STATUS.fullmatch(text))


class Controller(Struct, frozen=True):
    """What the verdict must know of the controller.

    `page` is text that its own error pages hold, "" where it has none that is known,
    `fake_certificate` the name of the certificate it presents for hosts without one, ""
    for none. `entry` is the ``namespace/name`` of what traffic comes in by, "" where nobody
    knows it, and `kind` what that is. `ready` and `desired` count its pods; where none is
    ready, `mend` are the commands that help.
    """

    title: str
    page: str
    entry: str
    ready: int
    desired: int
    fake_certificate: str = ""
    name: str = ""
    kind: str = "service"
    mend: str = ""

    @property
    def look(self) -> str:
        """The command that shows what is known of its entry."""
        namespace, _, name = self.entry.partition("/")
        if not name:
            return "kubectl ingress doctor"
        return command("describe", self.kind, "-n", namespace, name)

    @property
    def logs(self) -> str:
        """The command that shows what it says of its requests; as `look` where it does not run."""
        namespace, _, name = self.entry.partition("/")
        if not name or self.kind != "service":
            return self.look
        return command("logs", "-n", namespace, f"service/{name}", "--tail=20")

    def wrote(self, answer: Answer) -> bool:
        """Whether the answer looks like one of the controller itself."""
        if answer.status < 300:
            return False
        return self.page in answer.text if self.page else is_own(answer, self.name)


class Question(Struct, frozen=True):
    """What was asked: the plan, what is expected, and the command that asks it again.

    `pods` are the names of all pods in the cluster that an answer may hold. `mapped` is
    whether a file of the cluster's own says where its load balancers are, and not DNS.
    `certificate` is what is wrong with the host's own, as far as anybody has looked.
    `protocol` is the setting by which the controller asks the pods in another than plain
    HTTP, None where it does not. `waited` is whether it was asked for a while already.
    """

    plan: Plan
    expectation: Expectation
    again: str
    pods: frozenset[str] = frozenset()
    mapped: bool = False
    certificate: Finding | None = None
    protocol: Value | None = None
    waited: bool = False

    def later(self, decision: Decision) -> str:
        """What helps where the controller may not have loaded the objects yet."""
        return doctor_command(decision) if self.waited else f"{self.again} --wait 30s"


def doctor_command(decision: Decision) -> str:
    """The command that asks each hop of the way."""
    namespace = decision.route.ingress.partition("/")[0] if decision.route else ""
    return command("ingress", "doctor", *(("-n", namespace) if namespace else ()))
