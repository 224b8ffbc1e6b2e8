"""One request traced, or many: decided by the table of one controller, and told hop by hop."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.certificates import describe_pem
from kubectl_ingress.controllers._choice import find_controller
from kubectl_ingress.controllers._discovery import Running, known_controllers
from kubectl_ingress.controllers._profile import Meant
from kubectl_ingress.core.hosts import normalise_host
from kubectl_ingress.core.objects import Finding, Origin, Snapshot
from kubectl_ingress.core.reasons import edit_in_file
from kubectl_ingress.core.request import (
    HANDSHAKE,
    LISTENER,
    Decision,
    Outcome,
    OutcomeKind,
    Request,
    Step,
)
from kubectl_ingress.core.request_lines import Typed
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.target import parse_target
from kubectl_ingress.core.tls import Looking, tls_hop
from kubectl_ingress.core.trace import (
    UNKNOWN_HOST,
    Entrance,
    Hop,
    Hosts,
    Traced,
    hops,
    hosts_of,
    origin_of,
)
from kubectl_ingress.core.verdict import no_controller
from kubectl_ingress.core.why_not import WhyNot, find_ingress, why_not
from kubectl_ingress.livechoice import live_tables, the_one
from kubectl_ingress.livetable import read_for_routing
from kubectl_ingress.ports.places import Places, rereadable
from kubectl_ingress.ports.sources import typed_paths
from kubectl_ingress.routing import choose_table, snapshot_of_files

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

LineOf = Callable[[Origin, tuple[str | int, ...]], int | None]


class Tracer(Struct, frozen=True, dict=True):
    """Traces requests through one table, `now` being the time that certificates are held against.

    `table` is None where no controller runs; `running` is None in files, too.
    """

    snapshot: Snapshot
    table: RouteTable | None
    running: Running | None
    line_of: LineOf
    now: datetime

    def trace(self, asked: Typed, wanted: str = "") -> Traced:
        """One request; `wanted` is the Ingress of which it shall be told why it did not take it.

        Raises UsageError for words that make no request, and where there is no such Ingress.
        """
        request = self._request(asked)
        if self.table is None:
            return self._nobody(request)
        decision = self.table.decide(request)
        entrance = self._entrance(request, self.table)
        found = list(hops(decision, self.table, self.snapshot, entrance, self._hosts))
        shut = self.running.shut if self.running is not None else ()
        if any(one.code == "KI601" for one in shut):
            text = f"no Service leads to {entrance.title}"
            found.insert(1, Hop(Step("load balancer", text, passed=False)))
        if shut:
            # By the rules it goes on; but nobody is there to go by them.
            decision = replace(decision, outcome=Outcome(OutcomeKind.REFUSED))
        findings = [*shut, *decision.findings]
        stages = {hop.step.stage: hop for hop in found}
        if HANDSHAKE in stages:
            # No request is sent then, so that no rule has a word in it.
            found = [*itertools.takewhile(_is_before_tls, found), stages[HANDSHAKE]]
        elif request.scheme == "https" and LISTENER not in stages:
            hop, finding = self._tls(request, self.table, entrance)
            found.insert(len(list(itertools.takewhile(_is_before_tls, found))), hop)
            findings += [finding] if finding else []
        why = None
        if wanted:
            ingress = find_ingress(wanted, self.snapshot)
            why = why_not(ingress, decision, self.table)
            if ingress.meta.origin.line is not None:
                why = replace(why, fix=edit_in_file(why.fix, str(ingress.meta.origin)))
        if self.running is not None and not self.running.addresses:
            findings.append(self.running.no_address())
        lost = self.table.lost_to(decision)
        findings += [*([lost] if lost else []), *self._around(decision, why)]
        return Traced(
            request,
            request.host != UNKNOWN_HOST,
            decision,
            self.table.controller,
            tuple(found),
            tuple(self._place(hop) for hop in found),
            tuple(dict.fromkeys(map(self._placed, findings))),
            why,
        )

    def _request(self, asked: Typed) -> Request:
        address = self._address or UNKNOWN_HOST
        request = parse_target(asked.target, address, asked.method, asked.headers)
        return replace(request, client=asked.client)

    @cached_property
    def _address(self) -> str:
        """The load balancer's own name, else what an Ingress was told, "" where nothing tells."""
        if self.running is not None and self.running.addresses:
            return self.running.addresses[0]
        loaded = self.table.loaded if self.table is not None else ()
        return next((one.addresses[0] for one in loaded if one.addresses), "")

    @cached_property
    def _hosts(self) -> Hosts:
        return hosts_of(self.table) if self.table is not None else {}

    def _entrance(self, request: Request, table: RouteTable) -> Entrance:
        running = self.running
        if running is None:
            profile = find_controller(table.controller).PROFILE
            own = profile.fake_certificate
            return Entrance(table.controller, self._address, certificate_name=own)
        return Entrance(
            running.title,
            self._address,
            running.service,
            request.port or running.port(request.scheme),
            running.workload.ready,
            running.workload.desired,
            running.profile.fake_certificate,
        )

    def _tls(
        self, request: Request, table: RouteTable, entrance: Entrance
    ) -> tuple[Hop, Finding | None]:
        looking = Looking(table, self.snapshot, describe_pem, self.now)
        return tls_hop(normalise_host(request.host), entrance, looking)

    def _around(self, decision: Decision, why: WhyNot | None) -> list[Finding]:
        """What else was found about the Ingresses in question, and about what was read."""
        involved = [decision.route] if decision.route else []
        involved += [route for route, _ in decision.runners_up]
        names = dict.fromkeys(f"{route.kind} {route.ingress}" for route in involved)
        if why is not None:
            names[f"Ingress {why.ingress}"] = None
        found = [finding for name in names for finding in self._by_object.get(name, ())]
        return [*found, *self._by_object.get("", ())]

    @cached_property
    def _by_object(self) -> dict[str, list[Finding]]:
        """Findings by what they are about; "" has those about all that was read."""
        found: dict[str, list[Finding]] = {}
        of_table = self.table.findings if self.table is not None else ()
        for finding in dict.fromkeys((*of_table, *self.snapshot.findings)):
            general = finding.code.startswith("KI9") or finding.code == "KI207"
            found.setdefault("" if general else finding.object, []).append(finding)
        return found

    def _place(self, hop: Hop) -> Origin | None:
        origin = hop.origin
        line = self.line_of(origin, hop.step.field) if origin is not None else None
        return Origin(origin.source, line) if origin is not None and line else None

    def _placed(self, finding: Finding) -> Finding:
        """At the line of its field; what is to be edited is then that place of the file."""
        origin = origin_of(finding.object, self.snapshot)
        told = finding.origin if finding.origin != Origin() else origin
        line = self.line_of(told, finding.field) if told is not None else None
        if told is None or not line:
            return finding
        fix = edit_in_file(finding.fix, f"{told.source}:{line}")
        shown = Origin(told.source, line) if finding.origin != Origin() else finding.origin
        return replace(finding, origin=shown, fix=fix)

    def _nobody(self, request: Request) -> Traced:
        known = [one.PROFILE for one in known_controllers()]
        verdict = no_controller(
            self.snapshot.classes,
            [one.controller for one in known],
            " or ".join(one.title for one in known),
        )
        finding = Finding(verdict.code, verdict.level, verdict.sentence, fix=verdict.fix)
        hop = Hop(Step("controller", "none runs", passed=False))
        known_host = request.host != UNKNOWN_HOST
        return Traced(request, known_host, None, "", (hop,), (None,), (finding,))


def tracer_of_files(
    paths: Sequence[str], stdin: TextIO, namespace: str, recursive: bool, meant: Meant, host: str
) -> Tracer:
    """By manifests alone; `host` is that of the request, "" for many. Raises as `routing` does."""
    # Nobody has to type an end where stdin holds none of the manifests.
    again = rereadable(stdin) if "-" in typed_paths(paths) else io.StringIO
    snapshot = snapshot_of_files(paths, again(), namespace, recursive=recursive)
    table = choose_table(snapshot, meant.controller, meant.ingress_class, meant.told, host)
    return Tracer(
        snapshot, _asked_by_any_name(table), None, Places(again).line_of, datetime.now(UTC)
    )


def tracer_of_cluster(cluster: Cluster, meant: Meant, host: str) -> Tracer:
    """By what a cluster holds. Raises ApiError, and UsageError where several could be meant."""
    snapshot = read_for_routing(cluster, meant.controller, host)
    found = live_tables(snapshot, meant.controller, meant.ingress_class, meant.told, host)
    live = the_one(found)
    return Tracer(
        snapshot,
        _asked_by_any_name(live.table) if live else None,
        live.running if live else None,
        lambda origin, field: None,
        datetime.now(UTC),
    )


def _asked_by_any_name(table: RouteTable) -> RouteTable:
    """With the name that stands in for the load balancer's, where nothing tells that."""
    return replace(table, addresses=(*table.addresses, UNKNOWN_HOST))


def _is_before_tls(hop: Hop) -> bool:
    return hop.step.stage in ("name", "load balancer", "controller")


def host_of(typed: Typed) -> str:
    """The host that a request is for, "" for the load balancer's own name."""
    asked = parse_target(typed.target, UNKNOWN_HOST, typed.method, typed.headers)
    host = normalise_host(asked.host)
    return "" if host == UNKNOWN_HOST else host
