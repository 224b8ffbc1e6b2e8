"""Lines of a proxy's own configuration in an annotation, as far as they are followed."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.actions import Action


class Snippet(Struct, frozen=True):
    """What the lines do.

    `answers` come before anything else, `unclear` says what is not followed,
    `problem` why the proxy does not load its configuration.
    """

    answers: tuple[Action, ...] = ()
    unclear: str = ""
    problem: str = ""
