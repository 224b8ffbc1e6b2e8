"""Looking at the cluster while something is waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from kubectl_ingress.errors import ApiFailed, ApiUnreachable

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment

_POLL_SECONDS = 1.0

T = TypeVar("T")


def look_on(look: Callable[[], T], environment: Environment, deadline: float) -> T:
    """What `look` gives; while the API server is away, again until `deadline`.

    A control plane that is being replaced is away for a moment, and whoever
    waits for something else should not have to begin anew. Raises what `look`
    raises: ApiUnreachable and ApiFailed at the deadline, all else at once.
    """
    while True:
        try:
            with environment.until(deadline):
                return look()
        except (ApiUnreachable, ApiFailed):
            left = deadline - environment.monotonic()
            if left <= 0:
                raise
            environment.sleep(min(_POLL_SECONDS, left))
