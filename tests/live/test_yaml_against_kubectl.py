"""The same YAML to kubectl and to us: both must take it for the same, and refuse the same.

Needs no cluster: `kubectl label --local` reads a file and prints it as JSON,
`kubectl create ingress --dry-run=client` prints what it would send.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.files import dump_yaml, read_manifests
from kubectl_ingress.ports.yaml_words import resolve
from kubectl_ingress.scaffold.objects import build
from kubectl_ingress.scaffold.wanted import Typed, check
from tests.yaml_samples import TEXTS, WORDS


def _kubectl() -> list[str]:
    named = shutil.which(os.environ.get("KUBECTL") or "kubectl")
    if named:
        return [named]
    bed = os.environ.get("BED_BINARY")
    return [bed, "kubectl"] if bed else []


KUBECTL = _kubectl()

pytestmark = pytest.mark.skipif(
    not KUBECTL,
    reason="YAML WAS NOT COMPARED WITH KUBECTL: none on PATH, nor named by $KUBECTL",
)

HEAD = "apiVersion: v1\nkind: Thing\nmetadata: {name: x}\n"


def kubectl(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "KUBECONFIG": os.devnull}
    return subprocess.run(
        [*KUBECTL, *words], capture_output=True, text=True, timeout=60, env=environment
    )


def _int64(digits: str) -> int | float:
    """What it sends on: kubectl prints a float without its exponent, the API reads it again."""
    whole = int(digits)
    return whole if -(2**63) <= whole < 2**63 else float(whole)


def theirs(file: Path) -> dict[str, object]:
    done = kubectl("label", "--local", "-f", str(file), "-o", "json", "x=y")
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout, parse_int=_int64)
    del read["metadata"]["labels"]
    return read


def ours(file: Path) -> dict[str, object]:
    ((data, _),) = read_manifests([str(file)], io.StringIO())
    return data


def check_same(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    mine = ours(file)
    assert mine == theirs(file)


def test_the_words(tmp_path):
    listed = "".join(f"- {word}\n" for word, _ in WORDS)
    keys = "".join(f'"{word}": {word}\n' for word, _ in WORDS)
    check_same(tmp_path, HEAD + "data:\n" + listed + keys)


@pytest.mark.parametrize("seed", range(3))
def test_words_that_look_like_numbers(tmp_path, seed):
    alphabet = "0123456789._+-eExXoObB_abfnINFaAyYtT~1"
    dice = random.Random(seed)
    words = set()
    while len(words) < 3000:
        word = "".join(dice.choice(alphabet) for _ in range(dice.randint(1, 7)))
        if word in ("-", "---", "...") or word.startswith("---"):
            continue
        try:
            resolve(word)
        except ValueError:
            continue  # infinity: the whole file would be refused
        words.add(word)
    check_same(tmp_path, HEAD + "data:\n" + "".join(f"- {word}\n" for word in sorted(words)))


SHAPES = [
    "data: {1: a, 1.5: b, yes: c, 0x10: d, 1e-7: e, 'no': f, 2020-01-01: g}\n",
    "a: 1\na: 2\ndata: {yes: 1, true: 2}\n",
    "base: &b {p: 1, q: 2}\nfirst: {<<: *b, q: 3}\nlast: {q: 3, <<: *b}\n",
    "base: &b {p: 1}\nall: {<<: [*b, {p: 9, z: 1}]}\nquoted: {'<<': 5}\nlist: [<<]\n",
    "data: [!!str 5, !!int '5', !!float 5, !!bool 'yes', !!binary aGk=, !foo yes, ! 5, !!foo 6]\n",
    "data: [!!timestamp 2020-01-01, !!map {a: b}, !foo {a: b}, !!seq [a]]\n",
    "text: |\n  a\n   b\n\nfolded: >-\n  a\n  b\n\n  c\nplain: a\n  b\nkeep: |+\n  a\n\n",
    'text: "a\\tb\\x41\\u00e9\\U0001F600 \\\n  joined"\n',
    "? a\n: b\nempty:\nlist:\n- \n- - a\n  - b\n- {}\n- []\n",
    "data: 18446744073709551615\nmore: 123456789012345678901234567890\n",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(tmp_path, shape):
    check_same(tmp_path, HEAD + shape)


REFUSED = [
    "a: b: c\n",
    "a:\n\tb: c\n",
    "a: *x\n",
    "a: &a [*a]\n",
    "a: .inf\n",
    "a: {~: b}\n",
    "a: {[b]: c}\n",
    "a: {<<: 5}\n",
    "a: !!int x\n",
    "a: \x01\n",
    'a: "\x7f"\n',
    "a: 'x\n",
]


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_what_both_refuse(tmp_path, text):
    file = tmp_path / "x.yaml"
    file.write_text(HEAD + text)
    assert kubectl("label", "--local", "-f", str(file), "-o", "json", "x=y").returncode != 0
    with pytest.raises(InputError):
        ours(file)


def test_kubectl_reads_what_we_write(tmp_path):
    data = {
        "apiVersion": "v1",
        "kind": "Thing",
        "metadata": {"name": "x"},
        "texts": TEXTS,
        "keys": dict.fromkeys(TEXTS, 1),
        "nested": [[text, {"in": text}] for text in TEXTS],
        "numbers": [0, -1, 1.5, 1e30, 2**53, True, None],
    }
    file = tmp_path / "x.yaml"
    file.write_text(dump_yaml([data]), encoding="utf-8", newline="")
    assert theirs(file) == data


RULES = [
    ["foo.com/path*=svc:8080"],
    ["foo.com/p*=svc:8080,tls=sec", "foo.com/x=svc:http,tls=sec", "bar.com/=svc2:80,tls"],
    ["/path=svc:80"],
    ["/*=svc:80"],
    ["*.foo.com/a=svc:80"],
    ["foo.com/a/*=svc:80"],
    ["foo.com/a**=svc:80"],
    ["foo.com/a*b=svc:80"],
    ["foo.com/a=svc:80", "bar.com/b=svc:80", "foo.com/c=svc:80"],
    ["foo.com/a=svc:80,tls=s1", "foo.com/b=svc:80,tls=s2", "bar.com/b=svc:80,tls=s1"],
    ["foo.com/a=svc:80,tls", "bar.com/b=svc:80,tls="],
    ["/a=svc:80,tls=s"],
    ["/a=svc:80,tls"],
]


@pytest.mark.parametrize("rules", RULES, ids=",".join)
def test_rules_make_what_kubectl_create_ingress_makes(rules):
    typed = [word for rule in rules for word in ("--rule", rule)]
    done = kubectl(
        "create", "ingress", "i", "--class=nginx", "--dry-run=client", "-o", "json", *typed
    )
    assert done.returncode == 0, done.stderr
    (manifest,) = build(check(Typed(name="i", rules=tuple(rules), only=("ingress",))))
    assert manifest.object["spec"] == json.loads(done.stdout)["spec"]


def test_a_key_that_stands_twice(tmp_path: Path) -> None:
    """kubectl takes the last one in silence; kustomize refuses the file."""
    text = f"{HEAD}spec:\n  a: 1\n  a: 2\n"
    check_same(tmp_path, text)
    assert kubectl("label", "--local", "-f", str(tmp_path / "x.yaml"), "x=y").stderr == ""
    (tmp_path / "kustomization.yaml").write_text("resources: [x.yaml]\n", encoding="utf-8")
    refused = kubectl("kustomize", str(tmp_path))
    assert refused.returncode != 0
    assert 'mapping key "a" already defined' in refused.stderr
