"""Looking at the cluster while something is waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from kubectl_ingress.core.text import printable
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


def look_until(
    look: Callable[[], T],
    missing: Callable[[T], str],
    environment: Environment,
    wait: float,
    pause: float,
) -> T:
    """What `look` gives the first time that nothing is `missing` in it, else after `wait` seconds.

    What is missing is a sentence, "" for nothing; stderr has each once. Between two
    looks are `pause` seconds. An API server that was there at the first look is waited
    for (`look_on`). Raises what `look` raises.
    """
    deadline = environment.monotonic() + wait
    told: set[str] = set()
    found = look()
    while (news := missing(found)) and (left := deadline - environment.monotonic()) > 0:
        if news not in told:
            print(printable(f"waiting: {news}"), file=environment.stderr, flush=True)
            told.add(news)
        environment.sleep(min(pause, left))
        found = look_on(look, environment, deadline)
    return found
