"""What keeps requests from a backend: addresses, passwords, the size of a body, CORS."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.networks import Address, Network, is_in, parse_address
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step
from kubectl_ingress.core.values import UNSET, Value


class Guard(Action):
    """Lets some requests through, and may not know which."""

    __slots__ = ()

    def doubt(self, request: Request) -> Finding | None:
        """What is not known about a request that is let through."""
        return None


class Addresses(Guard, Struct, frozen=True):
    """Refuses by the client's address: `denied` ones, and with `allowed` all others.

    Whose address nobody knows is let through.
    """

    allowed: tuple[Network, ...] = ()
    denied: tuple[Network, ...] = ()
    because: Value = UNSET
    status: int = 403

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """The status, for who is refused."""
        address = self.address(request)
        if address is None or not self.refuses(address):
            return None
        return Outcome(OutcomeKind.REPLY, self.status)

    def address(self, request: Request) -> Address | None:
        """That of the connection."""
        return parse_address(request.client)

    def refuses(self, address: Address) -> bool:
        """Whether one is refused."""
        unlisted = bool(self.allowed) and not is_in(address, self.allowed)
        return unlisted or is_in(address, self.denied)

    def doubt(self, request: Request) -> Finding | None:
        """Nothing is known of a client without address."""
        if request.client:
            return None
        return self.because.doubt("whether the client's address is let in", (self.status,))

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Who is not let in."""
        text = f"the client's address {request.client} is not let in ({self.status})"
        return self.because.step("access", text, passed=False)


class Password(Guard, Struct, frozen=True):
    """401 without credentials; what they are worth stands in a Secret that nobody reads here.

    Without a `usable` Secret nobody is let in: 403 for those who send some. Requests
    with one of the `spared` methods are not asked.
    """

    because: Value = UNSET
    scheme: str = "basic"
    usable: bool = True
    finding: Finding | None = None
    spared: tuple[str, ...] = ()

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """A request with any user and password is let through by a usable Secret."""
        if request.method in self.spared:
            return None
        if not self._is_sent(request):
            return Outcome(OutcomeKind.REPLY, 401)
        return None if self.usable else Outcome(OutcomeKind.REPLY, 403)

    def _is_sent(self, request: Request) -> bool:
        credentials = request.header("authorization") or ""
        return credentials.lower().startswith(f"{self.scheme} ")

    def doubt(self, request: Request) -> Finding | None:
        """Whether the password counts."""
        if not self.usable or not self._is_sent(request):
            return None
        return self.because.doubt("whether the Secret has the user and password sent", (401,))

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """What is missing."""
        sent = self._is_sent(request)
        text = "nobody has a password that counts (403)" if sent else "no user and password (401)"
        return self.because.step("access", text, passed=False)


class BodyLimit(Action, Struct, frozen=True):
    """413 for a body of more than `limit` bytes; 0 is no limit."""

    limit: int
    because: Value = UNSET

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for larger ones."""
        return Outcome(OutcomeKind.REPLY, 413) if 0 < self.limit < request.body_size else None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """How large it may be."""
        text = f"the body has more than {self.limit} bytes (413)"
        return self.because.step("body", text, passed=False)


class Preflight(Action, Struct, frozen=True):
    """A browser's question before it sends a request to another origin, whatever its own."""

    status: int
    because: Value = UNSET
    finding: Finding | None = None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for OPTIONS with both headers of the question."""
        asked = request.header("origin") and request.header("access-control-request-method")
        if request.method != "OPTIONS" or not asked:
            return None
        return Outcome(OutcomeKind.REPLY, self.status)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why no backend is asked."""
        return self.because.step("cors", f"a preflight request is answered ({self.status})")
