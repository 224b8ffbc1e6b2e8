"""A page that is decoded into the model is what core.parse makes of the same JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.ports.pages import page_reader

FIELDS = {"Ingress": "ingresses", "Service": "services", "EndpointSlice": "slices"}
TEXTS = st.sampled_from(["", "web", "A.example", "Prefix", "80", "é"])
# No other is stored: of upper case a file is told, which a list is not.
HOSTS = st.sampled_from(["", "web", "a.example", "é"])
MAPS = st.dictionaries(st.sampled_from(["app", "kubernetes.io/service-name"]), TEXTS)


def objects(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects of which each field may be absent or null."""
    return st.fixed_dictionaries(
        {}, optional={name: st.none() | value for name, value in fields.items()}
    )


def lists(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, max_size=2)


METAS = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "b"])},
    optional={
        "namespace": st.just("shop"),
        "labels": st.none() | MAPS,
        "annotations": st.none() | MAPS,
        "creationTimestamp": st.none() | st.just("2026-01-01T00:00:00Z"),
        "uid": TEXTS,
        "managedFields": st.just([{"manager": "x", "fieldsV1": {"f:metadata": {}}}]),
    },
)
NUMBERS = st.integers(0, 65535)
BACKENDS = objects(
    service=objects(name=TEXTS, port=objects(number=NUMBERS, name=TEXTS)),
    resource=objects(kind=TEXTS),
)
STATUSES = objects(
    loadBalancer=objects(ingress=lists(objects(hostname=TEXTS, ip=TEXTS, ipMode=TEXTS)))
)
SPECS = {
    "Ingress": objects(
        ingressClassName=TEXTS,
        defaultBackend=BACKENDS,
        tls=lists(objects(hosts=lists(HOSTS), secretName=TEXTS)),
        rules=lists(
            objects(
                host=HOSTS,
                http=objects(paths=lists(objects(path=TEXTS, pathType=TEXTS, backend=BACKENDS))),
            )
        ),
    ),
    "Service": objects(
        type=TEXTS,
        selector=MAPS,
        externalName=TEXTS,
        clusterIP=TEXTS,
        clusterIPs=lists(TEXTS),
        externalTrafficPolicy=TEXTS,
        ipFamilies=lists(TEXTS),
        ports=lists(
            objects(
                name=TEXTS,
                port=NUMBERS,
                targetPort=NUMBERS | TEXTS,
                protocol=TEXTS,
                nodePort=NUMBERS,
                appProtocol=TEXTS,
            )
        ),
    ),
}
SLICES = objects(
    addressType=TEXTS,
    ports=lists(objects(name=TEXTS, port=NUMBERS)),
    endpoints=lists(
        objects(
            addresses=lists(TEXTS),
            conditions=objects(
                ready=st.booleans(), serving=st.booleans(), terminating=st.booleans()
            ),
            targetRef=objects(kind=st.sampled_from(["Pod", "Node", ""]), name=TEXTS),
        )
    ),
)


@st.composite
def items(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    found = {"metadata": draw(METAS)}
    if kind == "EndpointSlice":
        return {**draw(SLICES), **found}
    return {**found, **draw(objects(spec=SPECS[kind], status=STATUSES))}


def read(kind: str, page: object) -> Any:
    reader = page_reader(kind)
    assert reader is not None
    return reader(json.dumps(page).encode())


def plain(kind: str, item: dict[str, Any]) -> Any:
    known = KINDS[kind]
    whole = {**item, "apiVersion": known.api_version, "kind": kind}
    # All that a list of the API holds has its namespace; what has none is a file's.
    snapshot = parse_snapshot([(whole, Origin())], namespace="")
    assert snapshot.findings == ()
    return getattr(snapshot, FIELDS[kind])


@pytest.mark.parametrize("kind", FIELDS)
@given(st.data())
def test_an_object_is_the_same_either_way(kind: str, data: st.DataObject) -> None:
    item = data.draw(items(kind))
    assert tuple(read(kind, {"items": [item]}).items) == plain(kind, item)


def test_the_token_of_the_next_page() -> None:
    assert read("Service", {"items": [], "metadata": {"continue": "abc"}}).following == "abc"
    assert read("Service", {"items": None, "metadata": {"continue": ""}}) == ([], "")
    assert read("Service", {}) == ([], "")


@pytest.mark.parametrize(
    "page",
    [
        [],
        {"items": {}},
        {"items": [None]},
        {"items": [{}]},
        {"items": [{"metadata": {"name": ""}}]},
        {"items": [{"metadata": {"name": "a", "labels": {"a": 1}}}]},
        {"items": [{"metadata": {"name": "a"}, "spec": {"rules": [None]}}]},
        {"items": [], "metadata": {"continue": 3}},
    ],
)
def test_what_the_api_does_not_serve_is_left_to_parse(page: object) -> None:
    assert read("Ingress", page) is None


def test_no_json_at_all() -> None:
    reader = page_reader("Ingress")
    assert reader is not None
    assert reader(b"<html>") is None
    assert reader(b'{"items": "\xff"}') is None
    assert page_reader("Deployment") is None


AT_ONCE = """
import sys, threading
from kubectl_ingress.ports.pages import page_reader

begin = threading.Barrier(6)
sys.setswitchinterval(1e-6)

def read(turn):
    begin.wait()
    for kind in (["Ingress", "Service", "EndpointSlice"] * 2)[turn:turn + 3]:
        page_reader(kind)(b'{"items": [{"metadata": {"name": "a"}, "spec": {}}]}')

threads = [threading.Thread(target=read, args=(number % 3,)) for number in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_several_clusters_may_be_the_first_to_be_read() -> None:
    """Each in a process of its own: without a lock, every other one ends in a crash."""
    for _ in range(8):
        done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
