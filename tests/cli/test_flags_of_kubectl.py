"""Flags in the forms that kubectl takes and typer by itself does not."""

from __future__ import annotations

import io

import pytest
from typer.main import get_command

from kubectl_ingress.__main__ import main
from kubectl_ingress.cli import build
from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.env import Environment
from kubectl_ingress.ports.cluster import Cluster
from tests.fakes import FakeCluster

SKIP = "--insecure-skip-tls-verify=true"


@pytest.mark.parametrize(
    ("words", "wanted", "verbosity"),
    [
        (["-v=9"], ClusterOptions(), 1),
        (["--v=6", "-n", "shop"], ClusterOptions(namespace="shop"), 1),
        (["-v=0"], ClusterOptions(), 0),
        (["-vv"], ClusterOptions(), 2),
        (["-v9"], ClusterOptions(), 1),
        (["-n=shop"], ClusterOptions(namespace="shop"), 0),
        (["-s=http://a:1"], ClusterOptions(server="http://a:1"), 0),
        ([SKIP], ClusterOptions(insecure_skip_tls_verify=True), 0),
        (["--insecure-skip-tls-verify=false"], ClusterOptions(), 0),
        (["-A=true"], ClusterOptions(), 0),
        (["-A=T"], ClusterOptions(), 0),
        # The last one counts.
        (["-A", "--all-namespaces=0", "-n", "shop"], ClusterOptions(namespace="shop"), 0),
        (["-n", "-A", "-A=false"], ClusterOptions(namespace="-A"), 0),
        # These are values.
        (["--context=true"], ClusterOptions(context="true"), 0),
        (["--context", "-v=9"], ClusterOptions(context="-v=9"), 0),
        (["-n", SKIP], ClusterOptions(namespace=SKIP), 0),
    ],
)
def test_a_flag_with_its_value(words: list[str], wanted: ClusterOptions, verbosity: int) -> None:
    asked: list[ClusterOptions] = []

    def connect(environment: Environment, options: ClusterOptions) -> Cluster:
        asked.append(options)
        return FakeCluster()

    out, err = io.StringIO(), io.StringIO()
    environment = Environment(stdout=out, stderr=err, variables={}, make_cluster=connect)
    assert main(["list", *words], environment) == 0, err.getvalue()
    assert (asked, environment.verbosity) == ([wanted], verbosity)


def test_what_a_command_after_two_dashes_is_given_is_its_own() -> None:
    err = io.StringIO()
    environment = Environment(stdout=io.StringIO(), stderr=err, variables={})
    assert main(["test", "/", "--", "-v=9"], environment) == 2
    assert "'-v=9' is one word too many" in err.getvalue()


def test_a_value_that_is_none() -> None:
    err = io.StringIO()
    environment = Environment(stdout=io.StringIO(), stderr=err, variables={})
    assert main(["list", "--insecure-skip-tls-verify=maybe"], environment) == 2
    assert "does not take a value" in err.getvalue()


def test_to_curl_s_flags_what_follows_is_the_value() -> None:
    command = get_command(build("test")).commands["test"]  # type: ignore[attr-defined]
    context = command.make_context("test", ["http://a.example/", "-d=x"])
    assert context.params["data"] == "=x"
