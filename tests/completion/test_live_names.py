"""Names in the cluster, through the real client, from a server on loopback."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.completion.programs import make_programs
from tests.live.recorder import Answer, json_answer, serve, status_answer


def completed(folder: Path, answer: Callable[[str, str], Answer], *words: str) -> list[str]:
    """What the installed completer prints, its directive last; nothing may be on stderr."""
    programs = make_programs(folder)
    with serve(answer) as server:
        kubeconfig = {
            "current-context": "here",
            "clusters": [{"name": "here", "cluster": {"server": server.url}}],
            "users": [{"name": "me", "user": {"token": "secret"}}],
            "contexts": [
                {"name": "here", "context": {"cluster": "here", "user": "me", "namespace": "shop"}}
            ],
        }
        path = folder / "kubeconfig.json"
        path.write_text(json.dumps(kubeconfig))
        ran = subprocess.run(
            [programs.folder / "kubectl_complete-ingress", *words],
            env=programs.variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    assert ran.stderr == ""
    return ran.stdout.splitlines()


def named(*names: str) -> Answer:
    return json_answer(
        {"items": [{"metadata": {"name": name}} for name in names]},
        Warning='299 - "not into the line"',
    )


def test_ingresses(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(method: str, path: str) -> Answer:
        asked.append(path)
        return named("web", "api", "$(reboot)")

    assert completed(tmp_path, answer, "patch-host", "") == ["api", "web", ":4"]
    assert asked == ["/apis/networking.k8s.io/v1/namespaces/shop/ingresses?limit=500"]


def test_namespaces(tmp_path: Path) -> None:
    def answer(method: str, path: str) -> Answer:
        return named("shop", "other") if path.startswith("/api/v1/namespaces?") else (0, {}, b"")

    assert completed(tmp_path, answer, "test", "--namespace=s") == ["shop", ":4"]


@pytest.mark.parametrize(
    "refused",
    [
        status_answer(403, "Forbidden", "you may not"),
        status_answer(401, "Unauthorized", "who are you"),
        json_answer({}, 500),
        (200, {}, b"\x1b[31mno JSON"),
        (0, {}, b""),
    ],
    ids=["403", "401", "500", "garbage", "hangs-up"],
)
def test_a_refusal_gives_no_names(tmp_path: Path, refused: Answer) -> None:
    assert completed(tmp_path, lambda method, path: refused, "patch-host", "") == [":4"]


@pytest.mark.parametrize("how", ["silence", "come back later"])
def test_a_slow_server_does_not_keep_the_prompt(tmp_path: Path, how: str) -> None:
    def answer(method: str, path: str) -> Answer:
        if how == "silence":
            time.sleep(20)
        return status_answer(429, "TooManyRequests", "later")[0], {"Retry-After": "15"}, b"{}"

    started = time.monotonic()
    assert completed(tmp_path, answer, "patch-host", "") == [":4"]
    assert time.monotonic() - started < 15
