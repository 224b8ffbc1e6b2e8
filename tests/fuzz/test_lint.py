"""No text and no object makes lint or --fix raise, hang, or change what it should not."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fuzz.target import corpus, one_input

# One that is linted, judged and mended takes some 20 ms; nothing may take a hundred times that.
LONGEST = 10.0
CORPUS = tuple(corpus())
PIECES = (
    b"", b"\n", b"\r\n", b"\t", b" ", b"---\n", b"...\n", b"%YAML 1.1\n", b"- ", b"? ", b": ", b"#",
    b"{", b"}", b"[", b"]", b"&a ", b"*a", b"<<: *a\n", b"!!str ", b"!!binary ", b"|\n", b">-\n",
    b'"', b"'", b"\\", b"\xff", b"\x00", b"\xef\xbb\xbf", "\u2028\u0085ü\U0001f600".encode(),
    b"true", b"null", b"010", b"1e400", b".inf", b"~", b"=", b"kind: List\nitems:\n",
    b"# kubectl-ingress:ignore KI403", b"nginx.ingress.kubernetes.io/rewrite-taget: /\n",
    b"apiVersion: networking.k8s.io/v1beta1\n", b"pathType: prefix\n", b"serviceName: a\n",
)  # fmt: skip


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """A file of the corpus with some of its bytes changed."""
    data = draw(st.sampled_from(CORPUS))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from((0, 0, 1, 2, 8, 40)))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=4))
        data = data[:start] + piece + data[start + length :]
    return data


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
WORDS = st.sampled_from(
    ("nginx", "/", "/app", "app", "^/a(.*)", "prefix", "Exact", "a.example", "*.a.example",
     "münchen.example", "web", "http", "80", "true", "ngnix", "$1", "8m")
)  # fmt: skip
VALUES = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
ANNOTATIONS = st.dictionaries(
    st.sampled_from(
        ("nginx.ingress.kubernetes.io/rewrite-taget", "nginx.ingress.kubernetes.io/use-regex",
         "ingress.kubernetes.io/ssl-redirect", "kubernetes.io/ingress.class", "nginx.org/rewrites",
         "kubectl-ingress/ignore", "nginx.ingress.kubernetes.io/canary", "konghq.com/rewrit")
    ),
    VALUES,
    max_size=3,
)  # fmt: skip
PATHS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "path": WORDS | VALUES,
            "pathType": st.sampled_from(("Prefix", "Exact", "ImplementationSpecific")) | VALUES,
            "backend": st.just({"service": {"name": "web", "port": {"number": 80}}})
            | st.just({"serviceName": "web", "servicePort": "80"})
            | VALUES,
        },
    ),
    max_size=3,
)
OBJECTS = st.lists(
    st.fixed_dictionaries(
        {
            "apiVersion": st.sampled_from(("networking.k8s.io/v1", "networking.k8s.io/v1beta1")),
            "kind": st.sampled_from(("Ingress", "Ingress", "IngressClass")),
            "metadata": st.fixed_dictionaries(
                {"name": WORDS}, optional={"annotations": ANNOTATIONS}
            ),
        },
        optional={
            "spec": st.fixed_dictionaries(
                {},
                optional={
                    "ingressClassName": WORDS | VALUES,
                    "controller": st.just("k8s.io/ingress-nginx"),
                    "tls": VALUES,
                    "rules": st.lists(
                        st.fixed_dictionaries(
                            {}, optional={"host": WORDS, "http": st.builds(dict, paths=PATHS)}
                        ),
                        max_size=3,
                    )
                    | VALUES,
                },
            )
            | VALUES
        },
    ),
    min_size=1,
    max_size=4,
)


# The beta Ingress can only be converted once it has got a class: found by this test.
LATER = [
    {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "/"}},
    {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "nginx"}},
    {
        "apiVersion": "networking.k8s.io/v1beta1",
        "kind": "Ingress",
        "metadata": {"name": "nginx"},
        "spec": {},
    },
]


def check(data: bytes) -> None:
    begun = time.monotonic()
    one_input(data)
    assert time.monotonic() - begun < LONGEST


def test_the_corpus_itself() -> None:
    assert len(CORPUS) > 150
    assert sum(map(one_input, CORPUS)) > 10


@settings(max_examples=250)
@given(texts())
def test_any_text(data: bytes) -> None:
    check(data)


@settings(max_examples=250)
@given(OBJECTS)
@example(
    [{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "\ud800"}}]
)
@example(LATER)
def test_any_objects(objects: list[dict[str, Any]]) -> None:
    whole = {"apiVersion": "v1", "kind": "List", "items": objects}
    check(json.dumps(whole).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"&a [*a, *a]",
        b"a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\nd: [*c, *c, *c, *c]\n",
        b"[" * 5000,
        b"{a: " * 5000,
        b"- " * 5000,
        b"kind: Ingress\nmetadata: {name: " + b"a" * 100_000 + b"}\n",
    ],
)
def test_hostile(data: bytes) -> None:
    check(data)
