"""Conditions of entries that controllers have in common.

What a header, a query or an address has to be stays with the controller: which
lines of a name are looked at, whether one or all of them must fit, and what
case and patterns mean is of its own kind in each.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.request import Request


class MethodIs(Struct, frozen=True):
    """The method is one of these, as it is written: methods have case."""

    methods: tuple[str, ...]

    def met(self, request: Request) -> bool:
        """Whether it is."""
        return request.method in self.methods

    def __str__(self) -> str:
        return f"method {' or '.join(self.methods)}"


class SchemeIs(Struct, frozen=True):
    """The request came by http, or by https."""

    scheme: str

    def met(self, request: Request) -> bool:
        """Whether it did."""
        return request.scheme == self.scheme

    def __str__(self) -> str:
        return f"scheme {self.scheme}"
