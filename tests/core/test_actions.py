"""What is told of a backend."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.actions import backend_steps
from kubectl_ingress.core.request import Backend, Target


@pytest.mark.parametrize(
    ("ready", "told"),
    [
        ([True], "1 ready endpoint of web"),
        ([True, False], "1 ready endpoint of web"),
        ([True, True], "2 ready endpoints of web"),
        ([False], "0 ready endpoints of web"),
    ],
)
def test_endpoints_are_counted(ready: list[bool], told: str) -> None:
    targets = tuple(Target("10.0.0.1", 80, "web-1", one) for one in ready)
    _, pods = backend_steps(Backend("default", "web", "80", endpoints=targets), 1)
    assert pods.text == told
