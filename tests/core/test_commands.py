"""A command that is suggested is what was meant, and one line, whatever its words hold."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from kubectl_ingress.core.commands import command, namespace_flag, with_input
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.reasons import edit_command, edit_in_file

ODD = ["x;id>&2", "$(id)", "`id`", "it's", 'say "so"', "a b", "*", "", "x && kubectl delete ns a"]


@pytest.mark.parametrize("word", ODD)
def test_a_shell_reads_the_words_that_were_meant(word: str) -> None:
    line = command("get", word, "-n", "a")
    assert shlex.split(line) == ["kubectl", "get", word, "-n", "a"]
    shown = line.replace("kubectl", "printf %s/", 1)
    out = subprocess.run(["sh", "-c", shown], capture_output=True, text=True, check=True)
    assert out.stdout == f"get/{word}/-n/a/"


def test_it_is_one_line() -> None:
    assert command("get", "a\nrm -rf b") == r"kubectl get 'a\nrm -rf b'"
    fed = with_input('{"a": "it\'s"}', "apply", "-f", "-")
    assert shlex.split(fed) == ["kubectl", "apply", "-f", "-", "<<<", '{"a": "it\'s"}']


def test_the_namespace_is_named_where_it_is_not_one_s_own() -> None:
    assert namespace_flag("a", "a") == ()
    assert command("get", "pods", *namespace_flag("b c", "a")) == "kubectl get pods -n 'b c'"


@pytest.mark.parametrize("name", ["web", "two words", "x;id"])
def test_an_edit_of_a_file_takes_the_place_of_the_whole_command(name: str) -> None:
    fix = f"first\n{edit_command(f'Ingress shop/{name}')}"
    assert edit_in_file(fix, "a.yaml:3") == "first\nedit a.yaml:3"


@pytest.mark.parametrize(
    "manifest",
    [
        {"apiVersion": "extensions/v1beta1", "spec": {}},
        {"apiVersion": "networking.k8s.io/v1", "spec": {"backend": {"serviceName": "a"}}},
    ],
)
def test_a_file_s_name(manifest: dict[str, object]) -> None:
    named = {**manifest, "kind": "Ingress", "metadata": {"name": "web"}}
    found = parse_snapshot([(named, Origin("my files/a;b.yaml", 3))], offline=True)
    fixes = {one.fix for one in found.findings if one.fix}
    assert fixes == {"kubectl ingress convert -f 'my files/a;b.yaml'"}
