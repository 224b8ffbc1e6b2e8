"""What this program writes itself, for every controller and with every option, has no finding.

What has one all the same, and why, stands here. The seed's own files and those of the projects
are in tests/commands/test_lint.py, the measured cases in test_measured.py.
"""

from __future__ import annotations

import json

import pytest

from kubectl_ingress import registry
from kubectl_ingress.controllers._choice import modelled_controllers
from tests.running import run

ROUTE = ["shop", "--host", "shop.example.com"]
OPTIONS: dict[str, list[str]] = {
    "plain": [],
    "every host": ["--path", "/"],
    "a path": ["--path", "/echo"],
    "exact": ["--path", "/echo", "--path-type", "Exact"],
    "rewrite": ["--path", "/app", "--rewrite-target", "/"],
    "rules": [
        "--rule",
        "shop.example.com/api*=shop-service:80",
        "--rule",
        "b.example.com/=shop-service:80",
    ],
    "self-signed": ["--tls-self-signed"],
    "replicas": ["--replicas", "3", "--image", "my/shop:1.2", "--container-port", "9000"],
    "canary": ["--canary-weight", "10"],
    "canary by header": ["--canary-header", "X-Canary=always"],
    "canary by cookie": ["--canary-cookie", "canary"],
}
# Kong rewrites by this annotation only with --feature-gates=RewriteURIs=true.
EXPECTED = {("kong", "rewrite"): ["KI404"]}
CONTROLLERS = sorted(
    {one.PROFILE.name for one in modelled_controllers()} | set(registry.names("recipes"))
)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("controller", CONTROLLERS)
def test_scaffold(controller: str, options: str) -> None:
    words = ROUTE if options != "every host" else ROUTE[:1]
    written = run(["scaffold", *words, "--controller", controller, *OPTIONS[options]])
    if written.status == 2:
        # Told to the user: this controller has no such thing, or no Ingress at all.
        assert written.stderr.startswith("error: ")
        return
    assert written.status == 0, written.stderr
    ran = run(["lint", "-f", "-", "-o", "json"], stdin=written.stdout)
    found = [one["code"] for one in json.loads(ran.stdout)["findings"]]
    assert found == EXPECTED.get((controller, options), []), written.stdout
