"""The lines that kubectl reads, for words as a person types them."""

import io
import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kubectl_ingress.completion import complete, names
from kubectl_ingress.completion.line import Line
from kubectl_ingress.connection import FLAGS, ClusterOptions
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiForbidden, ApiUnreachable, KubeconfigError
from tests.fakes import FakeCluster

Connect = Callable[[Environment, ClusterOptions], FakeCluster]


def no_cluster(environment: Environment, options: ClusterOptions) -> FakeCluster:
    raise AssertionError("no name of the cluster was to be completed")


def completed(
    *words: str, connect: Connect = no_cluster, variables: Mapping[str, str] | None = None
) -> tuple[dict[str, str], int]:
    """The values with their descriptions, and the directive."""
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=io.StringIO(),
        stdout=stdout,
        stderr=stderr,
        variables=variables or {},
        make_cluster=connect,
    )
    assert complete(words, environment) == 0
    assert stderr.getvalue() == ""
    *lines, directive = stdout.getvalue().splitlines()
    assert directive.startswith(":")
    pairs = [line.partition("\t") for line in lines]
    assert len({value for value, _, _ in pairs}) == len(pairs)
    return {value: text for value, _, text in pairs}, int(directive[1:])


def connecting(cluster: FakeCluster, seen: list[ClusterOptions] | None = None) -> Connect:
    def connect(environment: Environment, options: ClusterOptions) -> FakeCluster:
        if seen is not None:
            seen.append(options)
        cluster.namespace = options.namespace or cluster.namespace
        return cluster

    return connect


def ingress(name: str, namespace: str = "default") -> dict[str, object]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata}


def test_commands() -> None:
    values, directive = completed("")
    assert {"install", "scaffold", "test", "patch-host", "completion"} <= set(values)
    assert values["test"] == "Test a route: send a request and say why it fails."
    assert directive == 4


def test_commands_by_their_prefix() -> None:
    assert list(completed("pat")[0]) == ["patch-host"]
    assert completed("nothing-like-it") == ({}, 4)


def test_commands_in_a_group() -> None:
    values, _ = completed("completion", "")
    assert list(values) == ["bash", "zsh", "fish", "powershell", "install"]


def test_nothing_follows_an_unknown_command() -> None:
    assert completed("tset", "--") == ({}, 4)


def test_options_of_a_command() -> None:
    values, directive = completed("test", "--")
    assert {"--count", "--expect-status", "--namespace", "--context", "--help"} <= set(values)
    assert all(value.startswith("--") for value in values)
    assert values["--count"] == "Send it N times and show which pods answer."
    assert directive == 4


def test_a_single_dash_offers_short_names_too() -> None:
    assert {"-X", "--request", "-h"} <= set(completed("test", "-")[0])


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if not flag.daily])
def test_hidden_options_wait_until_nothing_else_fits(flag: object) -> None:
    name = flag.names[-1]  # type: ignore[attr-defined]
    assert name not in completed("test", "--")[0]
    assert name in completed("test", name)[0]


def test_hidden_options_by_a_prefix_that_only_they_have() -> None:
    # --class and --count are no --clu.
    assert list(completed("test", "--clu")[0]) == ["--cluster"]
    assert "--cluster" not in completed("test", "--cl")[0]


def test_what_was_typed_is_not_offered_again() -> None:
    assert "--count" not in completed("test", "--count", "3", "--")[0]
    assert "--namespace" not in completed("test", "-nshop", "--")[0]
    assert "--count" not in completed("test", "--count=3", "--c")[0]


def test_what_may_be_repeated_is() -> None:
    values, _ = completed("test", "--header", "A: b", "-v", "--")
    assert {"--header", "--verbose"} <= set(values)


def test_after_two_dashes_there_are_no_options() -> None:
    assert completed("test", "--", "--") == ({}, 4)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("install", "--dry-run", ""), ["none", "client", "server"]),
        (("install", "--dry-run=c"), ["client"]),
        (("install", "--dry-run="), ["none", "client", "server"]),
        (("patch-host", "x", "-o", ""), ["name", "json", "yaml"]),
        (("test", "/x", "--output", "j"), ["json", "jsonl", "junit"]),
        (("test", "/x", "--expect-status", ""), []),
        (("test", "/x", "--count", ""), []),
        (("test", ""), []),
        (("install", "--internal=t"), []),
        (("install", "--provider", "aw"), ["aws", "aws-nlb-tls"]),
        (("install", "--provider", "zz"), []),
        (("install", "f"), ["f5-nginx"]),
        (("uninstall", "kon"), ["kong"]),
        (("uninstall", "ingress-nginx", ""), []),
        (("scaffold", "shop", "--controller", "gk"), ["gke"]),
        (("explain", "KI10"), [f"KI10{n}" for n in range(1, 10)]),
        (("explain", "frozen"), ["frozen-controller"]),
        (("trace", "--controller", "ingress"), ["ingress-nginx"]),
        (("test", "--controller", "g"), ["gateway-api", "gateway-api-traefik", "generic", "gke"]),
        (("list", "--controller", "cont"), ["contour"]),
        (("lint", "--controller=e"), ["eks-auto-mode"]),
        (("list", "--router-flavor", "e"), ["expressions"]),
        (("list", "-o", "c"), ["csv"]),
    ],
)
def test_values_that_can_be_listed(words: tuple[str, ...], expected: list[str]) -> None:
    assert completed(*words) == (dict.fromkeys(expected, ""), 4)


@pytest.mark.parametrize(
    "words",
    [
        ("test", "--kubeconfig", ""),
        ("test", "--kubeconfig=/et"),
        ("test", "--certificate-authority", ""),
        ("convert", "-f", ""),
        ("completion", "install", "--dir", ""),
    ],
)
def test_files_are_left_to_the_shell(words: tuple[str, ...]) -> None:
    assert completed(*words) == ({}, 0)


def write_kubeconfig(path: Path, *contexts: str) -> Path:
    entries = [{"name": name, "context": {"namespace": "shop"}} for name in contexts]
    path.write_text(json.dumps({"kind": "Config", "contexts": entries}))
    return path


def test_contexts_of_all_files(tmp_path: Path) -> None:
    one = write_kubeconfig(tmp_path / "one", "staging", "prod")
    two = write_kubeconfig(tmp_path / "two", "prod", "arn:aws:eks:1/x")
    variables = {"KUBECONFIG": f"{one}:{two}"}
    values, directive = completed("test", "--context", "", variables=variables)
    assert list(values) == ["arn:aws:eks:1/x", "prod", "staging"]
    assert directive == 4
    assert list(completed("test", "--context=st", variables=variables)[0]) == ["staging"]


def test_contexts_of_the_file_that_was_typed(tmp_path: Path) -> None:
    typed = write_kubeconfig(tmp_path / "typed", "typed")
    other = write_kubeconfig(tmp_path / "other", "other")
    values, _ = completed(
        "test", "--kubeconfig", str(typed), "--context", "", variables={"KUBECONFIG": str(other)}
    )
    assert list(values) == ["typed"]


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "contexts: 7", "contexts: [7]", "contexts: [{name: [x]}]", "\x00", "a: &a *a"],
)
def test_a_broken_kubeconfig_has_no_contexts(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken"
    path.write_text(text)
    assert completed("test", "--context", "", variables={"KUBECONFIG": str(path)}) == ({}, 4)


def test_a_name_that_a_shell_would_run_is_not_offered(tmp_path: Path) -> None:
    hostile = ["$(reboot)", "`reboot`", "a;b", "a b", "a\tb", "a\nb", "\x1b[31m", "-x", "a\u202eb"]
    path = write_kubeconfig(tmp_path / "hostile", *hostile, "user@cluster")
    values, _ = completed("test", "--context", "", variables={"KUBECONFIG": str(path)})
    assert list(values) == ["user@cluster"]


def test_namespaces() -> None:
    cluster = FakeCluster(
        [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            for name in ("shop", "default", "staging")
        ]
    )
    assert completed("test", "-n", "s", connect=connecting(cluster)) == (
        {"shop": "", "staging": ""},
        4,
    )


def test_classes() -> None:
    one = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "nginx"},
    }
    cluster = FakeCluster([one], namespace="shop")
    assert completed("address", "--class", "", connect=connecting(cluster)) == ({"nginx": ""}, 4)


@pytest.mark.parametrize("command", ["patch-host", "address"])
def test_ingresses_of_the_contexts_namespace(command: str) -> None:
    cluster = FakeCluster([ingress("here", "shop"), ingress("there")], namespace="shop")
    assert completed(command, "", connect=connecting(cluster)) == ({"here": ""}, 4)


def test_ingresses_of_the_namespace_that_was_typed() -> None:
    cluster = FakeCluster([ingress("here", "shop"), ingress("there")])
    words = ("patch-host", "-n", "shop", "")
    assert completed(*words, connect=connecting(cluster)) == ({"here": ""}, 4)


def with_hosts(name: str, *hosts: object, namespace: str = "default") -> dict[str, object]:
    return {**ingress(name, namespace), "spec": {"rules": [{"host": host} for host in hosts]}}


def routed() -> FakeCluster:
    """Hosts that are offered; a wildcard and none are no hosts to ask for."""
    here = with_hosts("here", "b.example", "a.example", "*.example", None)
    default = {**ingress("default"), "spec": {"defaultBackend": {"service": {"name": "web"}}}}
    return FakeCluster([here, default, with_hosts("there", "c.example", namespace="shop")])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("list", "--host", ""), ["a.example", "b.example"]),
        (("list", "--host=a"), ["a.example"]),
        (("list", "-A", "--host", ""), ["a.example", "b.example", "c.example"]),
        (("test", "http:"), ["http://a.example/", "http://b.example/"]),
        (("test", "https://a"), ["https://a.example/"]),
        (("trace", "http://b"), ["http://b.example/"]),
    ],
)
def test_hosts(words: tuple[str, ...], expected: list[str]) -> None:
    assert completed(*words, connect=connecting(routed())) == (dict.fromkeys(expected, ""), 4)


@pytest.mark.parametrize("typed", ["", "/ht", "http", "ftp://"])
def test_no_host_is_looked_for_where_no_url_is_begun(typed: str) -> None:
    assert completed("test", typed) == ({}, 4)


def test_only_the_first_argument_is_an_ingress() -> None:
    assert completed("patch-host", "here", "") == ({}, 4)


def test_the_connection_flags_that_were_typed_count() -> None:
    seen: list[ClusterOptions] = []
    words = "--context a --kubeconfig=f --as x --as-group g --as-group h --insecure-skip-tls-verify"
    completed("patch-host", *words.split(), "", connect=connecting(FakeCluster(), seen))
    assert seen == [
        ClusterOptions(
            context="a",
            kubeconfig="f",
            as_user="x",
            as_group=("g", "h"),
            insecure_skip_tls_verify=True,
        )
    ]


def test_the_cluster_is_asked_once_for_one_page() -> None:
    cluster = FakeCluster([ingress(f"i{number:04}") for number in range(names.MOST + 1)])
    values, _ = completed("patch-host", "i", connect=connecting(cluster))
    assert len(values) == names.MOST
    assert [(r.path, r.query) for r in cluster.requests] == [
        (KINDS["Ingress"].path("default"), {"limit": str(names.MOST)})
    ]


@pytest.mark.parametrize(
    "error", [ApiUnreachable("no answer"), ApiForbidden("you may not"), KubeconfigError("broken")]
)
def test_a_cluster_that_fails_has_no_names(error: Exception) -> None:
    def connect(environment: Environment, options: ClusterOptions) -> FakeCluster:
        print("Warning: not into the line", file=environment.stderr)
        raise error

    assert completed("patch-host", "", connect=connect) == ({}, 4)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"items": None},
        {"items": 7},
        {"items": [7]},
        {"items": [{}]},
        {"items": [{"metadata": None}]},
        {"items": [{"metadata": {"name": 7}}]},
        {"items": [{"metadata": {"name": "$(reboot)"}}]},
    ],
)
def test_an_answer_of_another_shape_has_no_names(answer: dict[str, object]) -> None:
    class Hostile(FakeCluster):
        def request(self, *args: object, **kwargs: object) -> dict[str, object]:
            return answer

    assert completed("patch-host", "", connect=connecting(Hostile())) == ({}, 4)


def test_a_cluster_that_never_answers_does_not_keep_the_prompt() -> None:
    end = threading.Event()

    def connect(environment: Environment, options: ClusterOptions) -> FakeCluster:
        end.wait(30)
        return FakeCluster([ingress("late")])

    environment = Environment(make_cluster=connect)
    line = Line(None, "")
    try:
        assert names.of_cluster("Ingress", line, environment, patience=0.05) == ()
    finally:
        end.set()
