"""Names of load balancers that are not everywhere yet, while somebody waits for a route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from kubectl_ingress.core.answer import Failure, Plan, Timings, Unreachable
from kubectl_ingress.core.hosts import is_ip
from kubectl_ingress.core.verdict import Verdict
from kubectl_ingress.core.zones import Unasked, ZoneAnswer

if TYPE_CHECKING:
    from kubectl_ingress.ports.dns import Names


class SlowNames:
    """Keeps a resolver from being asked too early, and is not fooled by one that was.

    `unasked` is why a zone could not be asked; then the machine's resolver decides.
    """

    def __init__(self, names: Names) -> None:
        self.unasked = ""
        self._names = names
        self._settled = False
        self._past: ZoneAnswer | None = None

    def led(self, plan: Plan) -> Plan | Unreachable:
        """The plan, with the zone's address where the machine's resolver denies the name.

        Unreachable while the zone itself has no address: asked now, a resolver would
        remember that there is none.
        """
        name, self._past = plan.address, None
        if self._settled or plan.direct or is_ip(name) or self._names.in_hosts(name):
            return plan
        found = self._names.zone(name)
        if isinstance(found, Unasked):
            self.unasked, self._settled = found.why, True
            return plan
        if not found.addresses:
            detail = f"the name servers of {found.zone} do not have it yet"
            return Unreachable(Failure.NAME, detail, "dns", Timings(0.0))
        address = next((a for a in found.addresses if _is_of(a, plan.wire.family)), None)
        if address is None or self._names.resolves(name):
            self._settled = True
            return plan
        self._past = replace(found, addresses=(address,))
        return replace(plan, address=address, direct=True)

    def remark(self, verdict: Verdict) -> Verdict:
        """The verdict of what was sent, with a word where the machine's resolver was passed by."""
        past = self._past
        if past is None or not verdict.passed:
            return verdict
        time = f", for up to {past.negative_ttl} s" if past.negative_ttl is not None else ""
        sentence = (
            f"{verdict.sentence}; but it was sent to {past.addresses[0]}, as {past.server} has it:"
            f" the resolver of this machine still remembers that there was no {past.name}{time}"
        )
        return Verdict("warning", sentence, "KI650")


def _is_of(address: str, family: int) -> bool:
    """Whether an IP is of a family: 4, 6, or 0 for either."""
    return family in (0, 6 if ":" in address else 4)
