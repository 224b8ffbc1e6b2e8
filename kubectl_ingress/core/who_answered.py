"""Which pod sent an answer, and whose it is: an index of all pods, for many answers."""

from __future__ import annotations

import re
from collections.abc import Collection

from kubectl_ingress.core.answer import Answer
from kubectl_ingress.core.objects import Snapshot

# As core.answer.pod_in has it: a name counts as a whole word only.
_WORDS = re.compile(r"[a-z0-9.-]+")
_LONGEST_HOST_NAME = 63


class Pods:
    """The pods behind the Services of a Snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._services: dict[str, set[tuple[str, str]]] = {}
        for piece in snapshot.slices:
            for endpoint in piece.endpoints:
                if endpoint.pod:
                    key = (piece.meta.namespace, piece.service)
                    self._services.setdefault(endpoint.pod, set()).add(key)
        self._by_word: dict[str, str] = {}
        # A pod's own host name is cut, so that a long name is found by its beginning too.
        for pod in sorted(self._services):
            self._by_word.setdefault(pod[:_LONGEST_HOST_NAME].rstrip("-."), pod)
        self._by_word.update((pod, pod) for pod in self._services)

    @property
    def names(self) -> frozenset[str]:
        """Their names."""
        return frozenset(self._services)

    def who(self, answer: Answer, likely: Collection[str]) -> str:
        """The pod that the body names, "" for none; one of the likely ones if it names them."""
        words = {word.rstrip(".") for word in _WORDS.findall(answer.text)}
        found = {pod for word in words if (pod := self._by_word.get(word))}
        return max(found & {*likely} or found, key=lambda pod: (len(pod), pod), default="")

    def services(self, pod: str) -> frozenset[tuple[str, str]]:
        """Namespace and name of the Services that lead to a pod."""
        return frozenset(self._services.get(pod, ()))
