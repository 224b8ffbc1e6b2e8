"""docs/migrate.md: each of its commands, one after the other, and what it says that comes out."""

from __future__ import annotations

import copy
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_ingress.core.answer import Answer, Plan, Timings
from tests.fakes import FakeCluster
from tests.manifests import controller, ingress_class, service, slice_of
from tests.running import Ran, run

PAGE = Path(__file__).parents[2] / "docs/migrate.md"
OLD, NEW = "203.0.113.10", "203.0.113.20"
REDIRECTED = {
    "konghq.com/protocols": "https",
    "konghq.com/https-redirect-status-code": "308",
}


def commands() -> list[tuple[str, str]]:
    """Each command of the page, with the output that is shown for it."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"^```console\n(.*?)^```", PAGE.read_text(), re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output.rstrip()))
    return found


def manifest() -> dict[str, Any]:
    [text] = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def migrated() -> dict[str, Any]:
    """The same Ingress as Kong needs it."""
    new = copy.deepcopy(manifest())
    new["metadata"] |= {"name": "shop-kong", "annotations": REDIRECTED}
    new["spec"]["ingressClassName"] = "kong"
    return new


def kong() -> list[Any]:
    deployment, entry = copy.deepcopy(controller(address=None))
    for one in (deployment, entry):
        one["metadata"] = {"name": "kong-gateway-proxy", "namespace": "kong"}
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    container |= {"image": "kong/kubernetes-ingress-controller:3.5", "args": []}
    entry["status"] = {"loadBalancer": {"ingress": [{"ip": NEW}]}}
    return [deployment, entry, ingress_class("kong", "ingress-controllers.konghq.com/kong")]


def answered(plan: Plan, new_redirects: bool) -> Answer:
    """As the old controller does; Kong has no redirect to https before it is told."""
    request, is_new = plan.request, plan.address == NEW
    status, body = 200, b"cart-1"
    headers: tuple[tuple[str, str], ...] = ()
    if request.host != "shop.example.com" or request.path != "/cart":
        status, body = 404, b"<html><center>nginx</center></html>"
        if is_new:
            headers = (("Server", "kong/3.9"),)
            body = b'{"message":"no Route matched with those values"}'
    elif request.scheme == "http" and (not is_new or new_redirects):
        status, body = 308, b""
        headers = (("Location", "https://shop.example.com/cart"),)
    return Answer(status, headers, body, Timings(0.01), plan.address, None, plan.port)


class Walk:
    """Whoever follows the page; `beside` is whether Kong is there, `done` whether it redirects."""

    def __init__(self) -> None:
        self.beside = self.done = False
        self.said = ""
        Path("manifests").mkdir()
        Path("manifests/shop.yaml").write_text(yaml.safe_dump(manifest()))

    def run(self, command: str) -> Ran:
        words = shlex.split(command)
        assert words[:2] == ["kubectl", "ingress"]
        target = words.pop() if words[-2] == ">" else ""
        ran = run([word for word in words[2:] if word != ">"], self.cluster(), self.reply)
        self.said += f"$ {command}\n{ran.stdout}{ran.stderr}"
        if target:
            Path(target).write_text(ran.stdout)
        return ran

    def cluster(self) -> FakeCluster:
        shop = [service("cart"), slice_of("cart", "cart-1")]
        for one in shop:
            one["metadata"]["namespace"] = "shop"
        old = [ingress_class(), manifest(), *controller(address=OLD)]
        new = [*kong(), migrated()] if self.beside else []
        return FakeCluster([*shop, *old, *new])

    def reply(self, plan: Plan) -> Answer:
        return answered(plan, self.done)


def test_the_page_s_commands_do_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    walk, statuses = Walk(), []
    for command, output in commands():
        if command.startswith("mkdir "):
            subprocess.run(shlex.split(command), check=True)
            continue
        if "--diff" in command:
            # What the page says is done by hand.
            walk.beside = True
            ran = walk.run(command)
            assert (ran.status, "status: 308 → 200" in ran.stdout) == (1, True), ran.stdout
            Path("new/shop.yaml").write_text(yaml.safe_dump(migrated()))
            walk.done = True
            offline = walk.run("kubectl ingress test --spec routes.yaml -f new/ --controller kong")
            assert offline.status == 0, offline.stdout
        ran = walk.run(command)
        statuses.append(ran.status)
        if output:
            assert ran.stdout.rstrip() == output, command
    assert statuses == [0, 0, 0, 1, 1, 0, 0], walk.said
