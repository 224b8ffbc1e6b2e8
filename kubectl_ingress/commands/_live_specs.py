"""Route tests sent to the controllers of a cluster: ``kubectl ingress test --spec`` without -f."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from msgspec.structs import replace

from kubectl_ingress.commands._asked_specs import (
    LINES,
    AskedSpecs,
    show,
    show_findings,
    status_of,
)
from kubectl_ingress.commands._own_specs import own_tests
from kubectl_ingress.controllers._discovery import Running, find_running
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.route_judging import Judged, JudgedSpec, Status, not_judged
from kubectl_ingress.core.route_test import Expected, RouteTest, RouteTests
from kubectl_ingress.core.who_answered import Pods
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import (
    ApiForbidden,
    ExitStatus,
    IngressError,
    NotReady,
    UsageError,
)
from kubectl_ingress.livechoice import live_tables
from kubectl_ingress.livetable import read_for_routing
from kubectl_ingress.ports.abreast import begin
from kubectl_ingress.ports.kubeconfig import read
from kubectl_ingress.ports.waiting import look_until
from kubectl_ingress.render.contexts import render_contexts
from kubectl_ingress.render.route_tests_json import render_line, render_lines
from kubectl_ingress.testing.diff_specs import Comparison, parse_side
from kubectl_ingress.testing.live_specs import LiveTests
from kubectl_ingress.testing.own_specs import own_specs
from kubectl_ingress.testing.placing import prober_of, with_nodes
from kubectl_ingress.testing.specs import Spec, read_specs

CONTEXTS_AT_A_TIME = 16
POLL_SECONDS = 2.0


def send_specs(environment: Environment, asked: AskedSpecs) -> ExitStatus:
    """Reads, sends, judges and prints; again and again while there is time to wait for a pass.

    Raises UsageError, InputError and ApiError.
    """
    look = partial(_everywhere, environment, asked, _written(environment, asked), set[str]())
    judged = look_until(look, _first_unmet, environment, asked.wait, POLL_SECONDS)
    if asked.output == LINES:
        render_lines(judged, environment.stdout, tests=bool(asked.wait))
    elif asked.contexts and asked.output == "text":
        render_contexts(judged, environment.stdout)
    else:
        show(judged, asked, environment)
    return max(
        status_of([one for one in judged if one.context == context])
        for context in {one.context for one in judged}
    )


def _everywhere(
    environment: Environment, asked: AskedSpecs, specs: list[Spec], told: set[str]
) -> list[JudgedSpec]:
    if asked.contexts:
        return _in_contexts(environment, asked, specs, told)
    return _in_one_cluster(environment, asked, specs, told)


def _first_unmet(judged: Sequence[JudgedSpec]) -> str:
    """Which test did not pass, and why; "" where all did."""
    unmet = (
        " ".join(filter(None, (spec.context, f"{one.test.name}: {one.reason}")))
        for spec in judged
        for one in spec.tests
        if one.status in (Status.FAILED, Status.ERROR)
    )
    return next(unmet, "")


def _written(environment: Environment, asked: AskedSpecs) -> list[Spec]:
    """The tests of the files, or the one that was typed; none where routes make them."""
    if asked.own:
        return []
    if asked.target is not None:
        return [Spec(asked.target.name, RouteTests((asked.target,)))]
    return read_specs(asked.specs, environment.stdin, recursive=asked.recursive)


def _in_contexts(
    environment: Environment, asked: AskedSpecs, specs: list[Spec], told: set[str]
) -> list[JudgedSpec]:
    """The same in many clusters, at the same time, whichever of them cannot be read.

    Raises KubeconfigError, and UsageError where no context is named.
    """
    config = read(asked.connection.kubeconfig, environment.variables)
    names = asked.contexts.split(",") if asked.contexts != "all" else sorted(config.contexts)
    names = [*dict.fromkeys(name.strip() for name in names if name.strip())]
    if not names:
        raise UsageError("--contexts names no context", "kubectl config get-contexts")

    def one(name: str) -> list[JudgedSpec]:
        connection = replace(asked.connection, context=name)
        try:
            there = replace(asked, connection=connection)
            return _in_one_cluster(environment, there, specs, told, name)
        except IngressError as error:
            steps = [error.sentence, *error.next_step.splitlines()]
            return _not_run(environment, asked, specs, name, " · ".join(steps))

    waiting = begin([partial(one, name) for name in names], CONTEXTS_AT_A_TIME)
    return [judged for found in waiting() for judged in found]


def _not_run(
    environment: Environment, asked: AskedSpecs, specs: list[Spec], context: str, why: str
) -> list[JudgedSpec]:
    """All tests as not judged; of routes that nobody knows, one that stands for them."""
    nothing = RouteTest("its routes", Request(""), Expected())
    found = [
        JudgedSpec(spec.source, tuple(not_judged(test, why) for test in spec.tests.tests), context)
        for spec in specs
    ] or [JudgedSpec(context, (not_judged(nothing, why),), context)]
    if asked.is_told_at_once:
        for judged in (one for spec in found for one in spec.tests):
            render_line(judged, context, environment.stdout)
    return found


def _in_one_cluster(
    environment: Environment,
    asked: AskedSpecs,
    specs: list[Spec],
    told: set[str],
    context: str = "",
) -> list[JudgedSpec]:
    """All tests, sent to the cluster of `asked`; what is `told` is not said again."""
    cluster = environment.cluster(asked.connection)
    snapshot = read_for_routing(cluster)
    running = find_running(snapshot)
    unread = [one for one in snapshot.findings if one.code == "KI905"]
    unread += [one.caveat for one in running if one.caveat and _is_asked(one, asked, snapshot)]
    if context:
        unread = [replace(one, message=f"{context}: {one.message}") for one in unread]
    show_findings([one for one in unread if one.message not in told], environment)
    told |= {one.message for one in unread}
    if any(one.is_at_nodes for one in running):
        # Who may not read them is told what else there is to know of the way in.
        with contextlib.suppress(ApiForbidden):
            snapshot = with_nodes(cluster, snapshot)
    if asked.own:
        namespace = asked.connection.namespace or ""
        found = own_specs(snapshot, asked.controller, asked.ingress_class, namespace)
        if not found:
            sentence = "KI203  no ingress controller runs in this cluster"
            raise NotReady(sentence, "kubectl ingress install")
        specs = own_tests(environment, found, asked.save, told, context)
    prober, mapped = prober_of(environment, cluster, asked.vantage), bool(cluster.connect_to)
    if asked.diff is not None:
        old, new = (parse_side(one, snapshot) for one in asked.diff)
        tables = tuple(one.table for one in live_tables(snapshot))
        both = Comparison(old, new, Pods(snapshot), tables, prober, asked.sending, mapped)
        coming = both.judge(specs)
    else:
        now = datetime.now(UTC)
        live = LiveTests(
            snapshot,
            prober,
            asked.sending,
            asked.ingress_class,
            now,
            mapped,
            asked.controller,
        )
        coming = live.judge(specs)
    if asked.is_told_at_once:
        coming = _told(coming, context, environment)
    return [
        JudgedSpec(spec.source, tuple(islice(coming, len(spec.tests.tests))), context)
        for spec in specs
    ]


def _is_asked(one: Running, asked: AskedSpecs, snapshot: Snapshot) -> bool:
    """Whether a controller is asked about anything."""
    by_class = not asked.ingress_class or one.serves(asked.ingress_class, snapshot)
    return by_class and asked.controller in ("", one.profile.name)


def _told(coming: Iterator[Judged], context: str, environment: Environment) -> Iterator[Judged]:
    for judged in coming:
        render_line(judged, context, environment.stdout)
        yield judged
