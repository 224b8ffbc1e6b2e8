"""The short way and the whole reader give the same, or the short way declines."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.files import Source, documents
from kubectl_ingress.ports.yaml_plain import read_plain
from tests.yaml_samples import TEXTS, WORDS

ROOT = Path(__file__).parents[2]

MANIFEST = """\
# Source: chart/templates/ingress.yaml
apiVersion: networking.k8s.io/v1   # the only one
kind: Ingress
metadata:
  name: web
  labels: {app: web, "tier": 'front'}
  annotations:
    nginx.ingress.kubernetes.io/rewrite-target: /$2
    nginx.ingress.kubernetes.io/use-regex: "true"
    nginx.ingress.kubernetes.io/configuration-snippet: |
      more_set_headers "X-A: b";

        # kept
      return 200;
    'quoted/key': 'it''s'

spec:
  ingressClassName: nginx
  tls: []
  rules:
  - host: "*.example.com"
    http:
      paths:
      - path: /a(/|$)(.*)
        pathType: ImplementationSpecific
        backend:
          service: {name: web, port: {number: 80}}
      -
        path: /b#c
        args: [a, "b c", --x]
  -   host: a.example
      http:
        paths:
          - path: http://x:80/y
            weights:
              - - 1
                - 2.5
              - - null
status:
"""


def whole(text: str) -> object:
    try:
        found = documents(Source("x", text))
    except InputError:
        return "refused"
    return [(one.data, one.line, items_of(one.data, one.item_lines)) for one in found]


def items_of(data: object, lines: tuple[int, ...]) -> tuple[int, ...]:
    """Lines of items that are a list; those of anything else mean nothing."""
    return lines if isinstance(data, dict) and isinstance(data.get("items"), list) else ()


def agree(text: str) -> bool:
    """Whether the short way read it; what it read must be what the whole reader gives."""
    plain = read_plain(text)
    if plain is None:
        return False
    lines = items_of(plain.data, plain.item_lines)
    assert [(plain.data, plain.line, lines)] == whole(text), text
    return True


def test_what_manifests_are_made_of_is_read() -> None:
    assert agree(MANIFEST.replace(", --x", ""))
    assert agree("---\n" + MANIFEST.replace(", --x", "").replace("\n", "\r\n"))


def test_real_manifests_take_the_short_way() -> None:
    files = [*ROOT.glob("tests/golden/**/*.yaml"), *ROOT.glob("tests/live/*.yaml")]
    short = [agree(file.read_text()) for file in files if "\n---" not in file.read_text()]
    assert sum(short) > len(short) / 2


@pytest.mark.parametrize("word", [word for word, _ in WORDS] + TEXTS, ids=ascii)
def test_words(word: str) -> None:
    for text in (
        f"a: {word}\n",
        f"a: '{word}'\n",
        f"- {word}\n",
        f"a:\n- {word}\n",
        f"{word}: a\n",
    ):
        agree(text)
    for text in (
        f"a: [{word}, b]\n",
        f"a: {{{word}: b}}\n",
        f"a: {{b: {word}}}\n",
        f"a: {word} #c",
    ):
        agree(text)


@pytest.mark.parametrize("header", ["|", "|-", "|+", ">", "|2", "| # c"])
@pytest.mark.parametrize(
    "body",
    ["  x\n", "  x\n\n\n", "\n  x\n   y\n", "     \n  x\n", "  x\n \n    \nb: 1\n", "x\n", "",
    "\n", "  x",
     "  x\n # c\n", "  - a\n  b: c\n", "  x\n      \n"],
    ids=ascii,
)  # fmt: skip
def test_literals(header: str, body: str) -> None:
    agree(f"a: {header}\n{body}")
    agree(f"a:\n  - {header}\n  {body}")
    agree(f"a:\n- b: {header}\n  {body}  c: 1\n")


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n c\n", "a:\n b: 1\n  c: 2\n", "a:\n  b: 1\n c: 2\n", "a: 1\n- b\n", "- a\nb: 1\n",
        "a:\n- b\n -c\n", "a:\n- b\n - c\n", "a:\n  - b\n- c\n", "a:\nb:\n- c\n",
        "a: &x b\nc: *x\n",
        "a: !!str 5\n", "a: 'b\n", 'a: "b\n', "a: [b\n", "a: {b}\n", "a: {b:c}\n", 'a: {"b":c}\n',
        "? a\n: b\n", "a:b\n", "a : b\n", "a:  b  \n", "a\n", "a: b: c\n", "a: b:\n", "a: - b\n",
        "<<: a\n", "on: a\n", "'on': a\n", "a: 1\na: 2\n", "items: 1\nitems:\n- a\n- b: 1\n",
        "kind: L\nitems:\n-\n  a: 1\n- b: 1\n- - c\n", "kind: L\nitems: [1]\n",
        "kind: L\nitems: []\n",
        "# c\n\na: 1\n", "  a: 1\n  b: 2\n", "  a: 1\n b: 2\n", "a: b#c\n", "a: #c\n", "a: b #c\n",
        "a: b\t\n", "a: [b, ]\n", "a: [, b]\n", "a: [b c]\n", "a: {b: }\n", "a: [[b], {c: d}]\n",
        "a: {{ .Values.b }}\n", "--- # c\na: 1\n", "---\ta: 1\n", "--- a\n", "a:\n  -\n  - b\n",
        "a:\n-\n  - b\n- c\n", "a:\n  b:\n  - c\n  d: 1\n", "a: \xa0b\n", "é: é\n", "a: é\n",
        "a: ?b\n",
        "a: [?b, :c, -d]\n", "a: {?b: c}\n", "a: -\n", "a: --\n", "a: ---\n", "a:\n- ---\n",
        "a: 1 2\n",
    ],
    ids=ascii,
)  # fmt: skip
def test_corners(text: str) -> None:
    agree(text)
    agree(f"x:\n  y: 1\nz:\n{text}")


def test_damaged_manifests() -> None:
    """One to four changes in a manifest: whatever comes out, both readers say the same."""
    chance = random.Random(6)
    inserted = [
        *" \n-:#'\"|>[]{},&*!?%@0a",
        ": ",
        " #",
        "- ",
        "\n  ",
        "---\n",
        "  ",
        "key: ",
        "é",
        "\\",
    ]
    lines = MANIFEST.splitlines(keepends=True)
    read = 0
    for _ in range(4000):
        start = chance.randrange(len(lines))
        text = "".join(lines[start : start + chance.randrange(1, 14)])
        for _ in range(chance.randrange(1, 5)):
            place = chance.randrange(len(text) + 1)
            if chance.random() < 0.5:
                text = text[:place] + chance.choice(inserted) + text[place:]
            else:
                text = text[:place] + text[place + chance.randrange(1, 4) :]
        read += agree(text)
    assert read > 300
