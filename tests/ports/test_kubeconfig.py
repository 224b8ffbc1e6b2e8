"""Which files are read, how they are merged, and what is said about broken ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kubectl_ingress.ports.kubeconfig import load_yaml, read
from tests.kubeconfigs import Home, kubeconfig, refusal_of


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_of_two_files_the_first_wins_and_entries_are_not_mixed(home: Home) -> None:
    one = kubeconfig({"token": "one"}, {"server": "https://one.test"})
    two = kubeconfig({"token": "two", "as": "jane"}, {"server": "https://two.test"})
    two["current-context"] = "second"
    two["contexts"].append({"name": "second", "context": {"cluster": "prod", "user": "dev"}})
    files = [home.write("one", one), home.write("two", two)]
    config = read(None, {"KUBECONFIG": os.pathsep.join(map(str, files))})
    assert config.current_context == "main"
    assert sorted(config.contexts) == ["main", "second"]
    assert config.clusters["prod"].text("server") == "https://one.test"
    assert config.users["dev"].text("token") == "one"
    assert config.users["dev"].text("as") == ""
    assert config.files == tuple(map(str, files))


def test_missing_files_of_the_list_are_passed_over(home: Home) -> None:
    path = home.write("config", kubeconfig({"token": "t"}))
    config = read(None, {"KUBECONFIG": os.pathsep.join(["/nowhere/config", "", str(path)])})
    assert config.files == (str(path),)
    assert config.missing == ("/nowhere/config",)


def test_empty_files_are_fine(home: Home) -> None:
    for text in ("", "\n# nothing\n", "{}", "\ufeff"):
        assert read(str(home.write("empty", text)), {}).contexts == {}


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("clusters: [\n", "config:2:1: not valid YAML: did not find expected node content"),
        ("a: b: c\n", "config:1:5: not valid YAML"),
        ("a: \x07\n", "config: not valid YAML"),
        ("%TAG\n", "not valid YAML"),
        ("a: !!python/object/apply:os.getcwd []\n", "not valid YAML"),
        ("[" * 100_000, "not valid YAML"),
        ("- a\n", "not a kubeconfig: not a mapping"),
        ("kind: Deployment\napiVersion: apps/v1\n", "not a kubeconfig but a Deployment of apps/v1"),
        ("current-context: 3\n", "has a current-context that is not a string"),
        ("clusters: x\n", "has clusters that are not a list"),
        ("clusters: [x]\n", "clusters[0] is not a mapping"),
        ("clusters: [{name: 1}]\n", "clusters[0] has a name that is not a string"),
        ("users: [{name: a}, {name: a}]\n", 'has two users called "a"'),
        ("users: [{name: a, user: {token: 1}}]\n", 'user "a" has a token that is not a string'),
        ("users: [{name: a, user: {exec: {args: [1]}}}]\n", 'user "a" exec has a args'),
        ("users: [{name: a, user: {as-user-extra: {k: v}}}]\n", "as-user-extra has k"),
        ("users: [{name: a, user: {as-user-extra: {1: [v]}}}]\n", "a key that is not a string"),
        ("clusters: [{name: a, cluster: {certificate-authority-data: ?}}]", "not valid YAML"),
        ("clusters: [{name: a, cluster: {certificate-authority-data: '?'}}]", "is not base64"),
        ("clusters: [{name: a, cluster: {insecure-skip-tls-verify: 'no'}}]", "neither true nor"),
    ],
)
def test_a_broken_file_is_named_with_the_field(home: Home, content: str, wanted: str) -> None:
    path = home.write("config", content)
    sentence, next_step = refusal_of(lambda: read(str(path), {}))
    assert str(path) in sentence
    assert wanted in sentence
    assert next_step == "correct that file, or name another with --kubeconfig"


def test_a_file_that_is_no_text(home: Home) -> None:
    path = home.folder / "config"
    path.write_bytes(b"\xff\xfe\x00")
    assert "not a text file" in refusal_of(lambda: read(str(path), {}))[0]


def test_a_file_that_cannot_be_read(home: Home) -> None:
    sentence, _ = refusal_of(lambda: read(None, {"KUBECONFIG": str(home.folder)}))
    assert sentence == f"kubeconfig: cannot read {home.folder}: Is a directory"
    sentence, _ = refusal_of(lambda: read("/nowhere/config", {}))
    assert sentence == "kubeconfig: cannot read /nowhere/config: No such file or directory"
    assert "null byte" in refusal_of(lambda: read("a\0b", {}))[0]


def test_yaml_keeps_dates_as_text() -> None:
    assert load_yaml("name: 2026-01-01\n", "x") == {"name": "2026-01-01"}
