"""Text of a cluster or an answer that would command a terminal: no command prints it as it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_ingress.core.answer import Answer, Plan
from tests.commands.test_test import road
from tests.install.world import InstallCluster
from tests.manifests import ingress_class
from tests.running import Ran, answer, run

# install, upgrade and uninstall: see tests/install; helm's own words: tests/ports/test_helm.py.

# A title, a colour, a line of its own, text from right to left.
EVIL = "\x1b]0;owned\x07\x1b[31m\nerror: not ours\u202e"
COMMANDS = (
    "status",
    "status -o wide",
    "status -o json",
    "list -A",
    "list -A -o wide",
    "list -A -o json",
    "trace http://jko.example.com/echo-hostname",
    "trace http://nobody.example/",
    "address",
    "test http://jko.example.com/echo-hostname",
    "test http://nobody.example/",
    "patch-host ingress-example a.example --dry-run=client",
    "install --provider aws --adopt --dry-run=server",
)
FIELDS = ("name", "labels", "annotations", "spec", "status", "image", "host", "metadata", "*")
# What decides which object it is; a hostile one of these is another object, or none.
KEPT = {"apiVersion", "kind", "namespace", "uid"}


def spoilt(value: Any, field: str, key: str = "") -> Any:
    """With what is hostile in all texts of that field, or under it."""
    if isinstance(value, dict):
        inside = "*" if key == field else field
        return {name: spoilt(each, inside, name) for name, each in value.items()}
    if isinstance(value, list):
        return [spoilt(each, field, key) for each in value]
    if isinstance(value, str) and key not in KEPT and field in ("*", key):
        return value + EVIL
    return value


def cluster(field: str) -> InstallCluster:
    objects = [spoilt(each, field) for each in (*road().objects.values(), ingress_class("other"))]
    for each in objects:
        meta = each["metadata"]
        meta.setdefault("annotations", {})[f"example.com/{field}"] = f"x{EVIL}"
        each.setdefault("status", {}).setdefault("conditions", []).append(
            {"type": f"Odd{EVIL}", "status": "False", "message": EVIL, "reason": EVIL}
        )
    return InstallCluster(objects)


def reply(_: Plan) -> Answer:
    return answer(503, f"<title>{EVIL}</title>", Server=EVIL, Location=EVIL, Content_Type="text/x")


def unsafe(ran: Ran) -> Iterator[str]:
    for character in ran.stdout + ran.stderr:
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character != "\n":
            yield character


@pytest.mark.parametrize("words", COMMANDS)
def test_it_is_shown_as_what_it_is(words: str) -> None:
    shown = 0
    for field in FIELDS:
        ran = run(words.split(), cluster(field), reply)
        assert not set(unsafe(ran)), repr(ran)
        # Nor does it make a line of its own.
        assert "\nerror: not ours" not in ran.stdout + ran.stderr
        assert "this is a bug" not in ran.stderr, ran.stderr
        shown += r"\x1b" in ran.stdout + ran.stderr or "\\u001b" in ran.stdout
    assert shown, "nothing hostile came through: this proves nothing"
