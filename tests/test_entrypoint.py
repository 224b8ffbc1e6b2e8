"""What is said of an Ingress that was named and is not there."""

from __future__ import annotations

import pytest

from kubectl_ingress.errors import ApiForbidden
from tests.fakes import FakeCluster
from tests.manifests import ingress
from tests.running import run


def cluster() -> FakeCluster:
    named = [{"metadata": {"name": name}} for name in ("ingress-example", "web")]
    return FakeCluster([{**ingress(), **one} for one in named])


@pytest.mark.parametrize("command", ["patch-host", "address"])
def test_one_that_is_spelt_nearly_so_is_named(command: str) -> None:
    ran = run([command, "ingres-example"], cluster())
    assert ran.status == 2
    assert ran.stderr.splitlines()[1].strip() == "did you mean ingress-example?"


@pytest.mark.parametrize("name", ["wobble", "example"])
def test_no_other_is_guessed(name: str) -> None:
    ran = run(["patch-host", name], cluster())
    assert "kubectl get ingresses" in ran.stderr
    assert "did you mean" not in ran.stderr


def test_who_may_not_list_them_is_told_of_the_one() -> None:
    world = cluster()
    world.fail("GET", "ingresses$", ApiForbidden("you may not list ingresses"))
    ran = run(["patch-host", "ingres-example"], world)
    assert ran.stderr.startswith("error: there is no ingress ingres-example in namespace default\n")
