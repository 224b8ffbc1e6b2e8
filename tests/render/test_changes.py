"""What changes, shown field by field."""

from __future__ import annotations

import io

from kubectl_ingress.render.plan import show_changes
from tests.terminals import Terminal

LONG = (
    "Deployment ingress-nginx-controller: spec.template.spec.containers[controller].image: "
    "registry.k8s.io/ingress-nginx/controller:v1.13.9@sha256:d803625b… -> registry.example/x:1"
)


def test_a_change_is_folded_on_a_terminal_and_one_line_elsewhere() -> None:
    narrow, file = Terminal(80), io.StringIO()
    show_changes(narrow, [LONG, "short"])
    lines = narrow.getvalue().splitlines()
    assert max(map(len, lines)) < 80
    assert [line for line in lines if not line.startswith("    ")] == [
        "  Deployment ingress-nginx-controller:",
        "  short",
    ]
    assert " ".join(" ".join(lines).split()) == f"{LONG} short"
    show_changes(file, [LONG])
    assert file.getvalue() == f"  {LONG}\n"
