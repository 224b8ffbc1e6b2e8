"""What holds of every controller's model, whatever the cluster holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_ingress.controllers._choice import modelled_controllers
from kubectl_ingress.controllers._profile import Controller, Told
from kubectl_ingress.core import routes
from kubectl_ingress.core.request import Decision, OutcomeKind, Request
from kubectl_ingress.core.routes import rows
from kubectl_ingress.core.table import RouteTable
from tests.routing.worlds import Json, requests, service, snapshot_of, worlds

CONTROLLERS = modelled_controllers()
each_controller = pytest.mark.parametrize("controller", CONTROLLERS, ids=lambda c: c.PROFILE.name)


def compiled(controller: Controller, objects: list[Json]) -> RouteTable:
    snapshot = snapshot_of(objects)
    told = Told(ingress_class=controller.PROFILE.default_class or "x")
    return controller.compile(snapshot, controller.settings_of(told, snapshot))


def said(decision: Decision) -> tuple[Any, ...]:
    """A decision without its order of candidates."""
    outcome = decision.outcome
    return outcome.kind, outcome, decision.route, frozenset(outcome.candidates)


def way_of(table: RouteTable, request: Request) -> Decision:
    """The decision, its reasons worked out."""
    decision = table.decide(request)
    assert decision.steps
    return decision


@each_controller
@settings(max_examples=40)
@given(st.data())
def test_the_order_of_objects_never_matters(controller: Controller, data: st.DataObject) -> None:
    objects = data.draw(worlds(controller))
    shuffled = data.draw(st.permutations(objects))
    one, other = compiled(controller, objects), compiled(controller, list(shuffled))
    for request in data.draw(st.lists(requests(), min_size=5, max_size=10)):
        assert said(way_of(one, request)) == said(other.decide(request))


@each_controller
@settings(max_examples=40)
@given(st.data())
def test_a_route_without_a_rival_is_served_as_the_examples_show(
    controller: Controller, data: st.DataObject
) -> None:
    objects = data.draw(worlds(controller))
    table, snapshot = compiled(controller, objects), snapshot_of(objects)
    found = rows(table, snapshot)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes._Rows, "_is_unrivalled", lambda *_: False)
        assert rows(table, snapshot) == found


@each_controller
@settings(max_examples=40)
@given(st.data())
def test_an_unrelated_host_changes_nothing_elsewhere(
    controller: Controller, data: st.DataObject
) -> None:
    objects = data.draw(worlds(controller))
    unrelated = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": "unrelated",
            "namespace": "elsewhere",
            "creationTimestamp": "2026-01-03T00:00:00Z",
            "uid": "ffffffff-0000-0000-0000-000000000000",
        },
        "spec": {
            "ingressClassName": controller.PROFILE.default_class or "x",
            "rules": [
                {
                    "host": "unrelated.elsewhere",
                    "http": {
                        "paths": [
                            {
                                "path": "/own",
                                "pathType": "Prefix",
                                "backend": {"service": {"name": "own", "port": {"number": 80}}},
                            }
                        ]
                    },
                }
            ],
        },
    }
    before = compiled(controller, objects)
    after = compiled(controller, [*objects, *service("own", "elsewhere"), unrelated])
    for request in data.draw(st.lists(requests(), min_size=5, max_size=10)):
        assert said(before.decide(request)) == said(after.decide(request))


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 99999), st.text("/a.*$(%\0é{~^", max_size=6)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["host", "http", "paths", "path", "backend", "service", "name", "port"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)
TEXTS = st.one_of(
    st.text(max_size=12),
    st.text("/%.?#a\0\x7fé\ud800 ", max_size=12).map(lambda text: f"/{text}"),
)


@each_controller
@settings(max_examples=60)
@given(st.data())
def test_nothing_that_is_asked_or_held_raises(controller: Controller, data: st.DataObject) -> None:
    objects = data.draw(worlds(controller))
    ingress = data.draw(st.sampled_from([one for one in objects if one["kind"] == "Ingress"]))
    ingress["spec"][data.draw(st.sampled_from(["rules", "tls", "defaultBackend"]))] = data.draw(
        ANYTHING
    )
    if ingress["spec"].get("rules") and isinstance(ingress["spec"]["rules"], list):
        annotations = ingress["metadata"]["annotations"]
        for name in list(annotations):
            annotations[name] = data.draw(st.text(max_size=8))
    table = compiled(controller, objects)
    for _ in range(5):
        request = Request(
            host=data.draw(TEXTS),
            target=data.draw(TEXTS),
            method=data.draw(st.text(max_size=4)),
            headers=tuple(data.draw(st.lists(st.tuples(st.text(), st.text()), max_size=2))),
            client=data.draw(st.sampled_from(["", "127.0.0.1", "::1", "no address"])),
        )
        assert way_of(table, request).outcome.kind in OutcomeKind
