"""Suggested commands lead to the cluster that was asked."""

from __future__ import annotations

import shlex

import pytest

from kubectl_ingress.connection import ClusterOptions, addressed, without_password

OPTIONS = ClusterOptions(context="eu", namespace="shop")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://10.0.0.1:6443/a@b", "https://10.0.0.1:6443/a@b"),
        ("http://bob:SEKRET@api.test:1/x", "http://bob:***@api.test:1/x"),
        ("bob:SEKRET@api.test:1", "bob:***@api.test:1"),
        # Not escaped, so that it is no URL.
        ("https://bob:SEK/R@ET@api.test", "https://bob:***@api.test"),
        ("api.test", "api.test"),
        ("[::1]:6443", "[::1]:6443"),
        ("https://bob:SEKRET@[::1]:6443", "https://bob:***@[::1]:6443"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown
    words = addressed("kubectl get pods", ClusterOptions(server=url))
    # In a command a word that is to be replaced, which nobody sends as it is.
    assert words == f"kubectl get pods -s {shlex.quote(shown.replace('***', 'VALUE'))}"


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("kubectl edit ingress web", "kubectl edit ingress web --context eu -n shop"),
        ("kubectl edit ingress web -n other", "kubectl edit ingress web -n other --context eu"),
        ("kubectl ingress test /", "kubectl ingress test / --context eu -n shop"),
        (
            "kubectl create secret tls a -n x && kubectl patch ingress b",
            "kubectl create secret tls a -n x --context eu && kubectl patch ingress b --context eu"
            " -n shop",
        ),
        (
            "helm get manifest a -n x | kubectl apply -n x -f -",
            "helm get manifest a -n x --kube-context eu | kubectl apply -n x -f - --context eu",
        ),
        # These are about no namespace, or about the controller's.
        ("kubectl get namespaces", "kubectl get namespaces --context eu"),
        ("kubectl create namespace nope", "kubectl create namespace nope --context eu"),
        ("kubectl ingress install", "kubectl ingress install --context eu"),
        (
            "kubectl ingress upgrade --version 1.15.1",
            "kubectl ingress upgrade --version 1.15.1 --context eu",
        ),
        ("kubectl get pods --context us", "kubectl get pods --context us"),
        ("edit shop.yaml:3", "edit shop.yaml:3"),
    ],
)
def test_flags_are_added_once(command: str, wanted: str) -> None:
    words = addressed(command, OPTIONS)
    assert sorted(words.split()) == sorted(wanted.split())
    assert addressed(words, OPTIONS) == words
