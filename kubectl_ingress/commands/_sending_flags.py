"""The flags that say what is sent and how: curl's, with curl's names and meanings.

A command takes a parameter ``typed: Typed`` and is wrapped in
`with_sending_flags`, which puts the flags in its place.
"""

from __future__ import annotations

import functools
import inspect
from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TextIO, get_args

import typer
from msgspec import Struct

from kubectl_ingress.commands._again import cookie_flags, header_flags
from kubectl_ingress.core.duration import parse_duration
from kubectl_ingress.core.private import VALUE
from kubectl_ingress.errors import UsageError

if TYPE_CHECKING:
    from kubectl_ingress.core.answer import Wire
    from kubectl_ingress.core.sending import ConnectTo, Sending

_REDIRECTS = 50
_FORM = ("Content-Type", "application/x-www-form-urlencoded")


class Typed(Struct, frozen=True):
    """What was typed after each of curl's flags; None, empty or False where nothing was."""

    request: str | None = None
    head: bool = False
    header: tuple[str, ...] = ()
    cookie: tuple[str, ...] = ()
    credentials: str | None = None
    data: str | None = None
    location: bool = False
    max_redirs: int | None = None
    http1: bool = False
    http2: bool = False
    http2_prior_knowledge: bool = False
    ipv4: bool = False
    ipv6: bool = False
    resolve: tuple[str, ...] = ()
    connect_to: tuple[str, ...] = ()
    insecure: bool = False
    cacert: str | None = None
    cert: str | None = None
    key: str | None = None
    connect_timeout: str | None = None
    max_time: str = "30"
    curl: bool = False

    @property
    def method(self) -> str:
        """-X, or what the other flags imply. Raises UsageError."""
        if self.head and self.data is not None:
            raise UsageError("-I and -d do not go together", "a HEAD request has no body")
        if self.request is not None:
            return self.request
        return "HEAD" if self.head else "GET" if self.data is None else "POST"

    def headers(self) -> tuple[tuple[str, str], ...]:
        """-H, and what -b, -u and -d add to it. Raises UsageError."""
        from kubectl_ingress.core.target import parse_header

        headers = [parse_header(word) for word in self.header]
        names = {name.lower() for name, _ in headers}
        for pair in self.cookie:
            if "=" not in pair:
                raise UsageError(
                    # Not what was typed: it may be the value alone.
                    "-b has no =, so it is no cookie; files of cookies are not read",
                    "example: -b 'name=value; other=value'",
                )
        if self.cookie and "cookie" not in names:
            headers.append(parse_header(f"Cookie: {';'.join(self.cookie)}"))
        if self.user_name is not None:
            headers.append(("Authorization", self._basic()))
        if self.data is not None and "content-type" not in names:
            headers.append(_FORM)
        return tuple(headers)

    @property
    def user_name(self) -> str | None:
        """The user of -u, None without it, or where -H takes its place."""
        names = {word.partition(":")[0].strip().lower() for word in self.header}
        if self.credentials is None or "authorization" in names:
            return None
        return self.credentials.partition(":")[0]

    def _basic(self) -> str:
        typed = self.credentials or ""
        if ":" not in typed:
            raise UsageError("-u has no password: nobody is asked for one", "-u USER:PASSWORD")
        encoded = b64encode(typed.encode("utf-8", "surrogateescape"))
        return f"Basic {encoded.decode()}"

    def body(self, stdin: TextIO) -> bytes | None:
        """-d, read from where it says. Raises InputError."""
        from kubectl_ingress.ports.body import read_body

        return None if self.data is None else read_body(self.data, stdin)

    def sending(self) -> Sending:
        """The rest of the flags. Raises UsageError."""
        from kubectl_ingress.core.redirects import Follow
        from kubectl_ingress.core.sending import Sending

        if self.max_redirs is not None and not self.location:
            raise UsageError("--max-redirs limits -L", "add: -L")
        limit = _REDIRECTS if self.max_redirs is None else self.max_redirs
        follow = Follow(limit, self.request is not None, bool(self.cookie))
        return Sending(
            verify=not self.insecure,
            max_time=_seconds(self.max_time, "--max-time"),
            wire=self._wire(),
            ways=self._ways(),
            follow=follow if self.location else None,
        )

    def again(self) -> list[list[str]]:
        """The flags that send the same, for a command that is suggested: never a secret.

        VALUE stands for a body as well: only its file is named.
        """
        found = []
        for name, annotation in _FLAGS.items():
            # In an annotation typer keeps the first name where a default would stand.
            value, flag = getattr(self, name), get_args(annotation)[1].default
            if name in ("header", "cookie", "credentials", "curl") or value == getattr(
                Typed(), name
            ):
                continue
            if name == "data" and value and value[0] != "@":
                found.append([flag, VALUE])
            elif value is True:
                found.append([flag])
            else:
                words = value if isinstance(value, tuple) else (value,)
                found += [[flag, str(word)] for word in words]
        user = [] if self.user_name is None else [["-u", f"{self.user_name}:{VALUE}"]]
        return [*found, *header_flags(self.header), *cookie_flags(self.cookie), *user]

    def traced(self) -> list[list[str]]:
        """Those of them that `trace` has."""
        method = [["-X", self.method]] if self.method != "GET" else []
        user = [] if self.user_name is None else [["-H", "Authorization: Basic VALUE"]]
        return [*method, *header_flags(self.header), *cookie_flags(self.cookie), *user]

    def _wire(self) -> Wire:
        from kubectl_ingress.core.answer import Http, Wire

        versions = {
            "--http1.1": (self.http1, Http.ONE),
            "--http2": (self.http2, Http.TWO),
            "--http2-prior-knowledge": (self.http2_prior_knowledge, Http.TWO_AT_ONCE),
        }
        _one_of({flag: typed for flag, (typed, _) in versions.items()})
        _one_of({"-4": self.ipv4, "-6": self.ipv6})
        if self.key and not self.cert:
            raise UsageError("--key is the key of --cert", "add: --cert FILE")
        return Wire(
            http=next((http for typed, http in versions.values() if typed), Http.ONE),
            family=4 if self.ipv4 else 6 if self.ipv6 else 0,
            connect_time=_seconds(self.connect_timeout, "--connect-timeout")
            if self.connect_timeout
            else 0.0,
            cacert=self.cacert or "",
            cert=self.cert or "",
            key=self.key or "",
        )

    def _ways(self) -> tuple[ConnectTo, ...]:
        from kubectl_ingress.core.sending import parse_connect_to, parse_resolve

        ways = []
        for flag, words, parse, form in (
            ("--connect-to", self.connect_to, parse_connect_to, "HOST1:PORT1:HOST2:PORT2"),
            ("--resolve", self.resolve, parse_resolve, "HOST:PORT:ADDRESS"),
        ):
            for word in words:
                way = parse(word)
                if way is None:
                    raise UsageError(f"{flag} {word!r} is not {form}", "as curl takes it")
                ways.append(way)
        return tuple(ways)


def _one_of(flags: dict[str, bool]) -> None:
    typed = [flag for flag, is_typed in flags.items() if is_typed]
    if len(typed) > 1:
        raise UsageError(f"{' and '.join(typed)} do not go together", "leave one of them out")


def _seconds(typed: str, flag: str) -> float:
    value = parse_duration(typed, flag)
    if value <= 0:
        raise UsageError(f"{flag} must be more than 0", f"example: {flag} 5")
    return value


def _flag(of: object, *names: str, metavar: str | None = None, text: str, **more: Any) -> object:
    return Annotated[of, typer.Option(*names, metavar=metavar, help=text, **more)]


# The fields of Typed in the order of the help.
_FLAGS: dict[str, object] = {
    "request": _flag(str | None, "-X", "--request", metavar="METHOD", text="As curl's."),
    "head": _flag(bool, "-I", "--head", text="Send HEAD."),
    "header": _flag(list[str], "-H", "--header", metavar="'NAME: VALUE'", text="Repeatable."),
    "cookie": _flag(
        list[str], "-b", "--cookie", metavar="NAME=VALUE", text="Cookies to send. Repeatable."
    ),
    # Not curl's --user: kubectl's own is the user of the kubeconfig.
    "credentials": _flag(
        str | None, "-u", metavar="USER:PASSWORD", text="For basic authentication."
    ),
    "data": _flag(
        str | None,
        *("-d", "--data"),
        metavar="TEXT",
        text="Body; @FILE or @- reads it. Implies POST.",
    ),
    "location": _flag(bool, "-L", "--location", text="Follow redirects, and show each of them."),
    "max_redirs": _flag(
        int | None, "--max-redirs", metavar="N", text="For -L; default: 50.", min=0
    ),
    "http1": _flag(bool, "--http1.1", text="HTTP/1.1, which is the default."),
    "http2": _flag(bool, "--http2", text="Offer HTTP/2 in the TLS handshake."),
    "http2_prior_knowledge": _flag(
        bool, "--http2-prior-knowledge", text="HTTP/2 without asking, with or without TLS."
    ),
    "ipv4": _flag(bool, "-4", "--ipv4", text="Connect to IPv4 addresses only."),
    "ipv6": _flag(bool, "-6", "--ipv6", text="Connect to IPv6 addresses only."),
    "resolve": _flag(
        list[str],
        "--resolve",
        metavar="HOST:PORT:ADDRESS",
        text="Send it there instead of to the load balancer. Repeatable.",
    ),
    "connect_to": _flag(
        list[str],
        "--connect-to",
        metavar="HOST1:PORT1:HOST2:PORT2",
        text="The same with a name, or another port. Repeatable.",
    ),
    "insecure": _flag(bool, "-k", "--insecure", text="Accept any certificate of the route."),
    "cacert": _flag(
        str | None, "--cacert", metavar="FILE", text="CA certificates that the route's must be of."
    ),
    "cert": _flag(
        str | None, "--cert", metavar="FILE", text="Client certificate for the route; its key too."
    ),
    "key": _flag(str | None, "--key", metavar="FILE", text="Its key, in a file of its own."),
    "connect_timeout": _flag(
        str | None, "--connect-timeout", metavar="SECONDS", text="For name, TCP and TLS."
    ),
    "max_time": _flag(str, "--max-time", metavar="SECONDS", text="For one whole request."),
    "curl": _flag(
        bool, "--curl", text="Print the curl command; VALUE stands for secrets and bodies."
    ),
}


def with_sending_flags(command: Callable[..., object]) -> Callable[..., object]:
    """Replace the parameter `typed` of a command by curl's flags."""
    signature = inspect.signature(command, eval_str=True)
    defaults = Typed()
    flags = []
    for name, annotation in _FLAGS.items():
        default = getattr(defaults, name)
        flags.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=list(default) if isinstance(default, tuple) else default,
                annotation=annotation,
            )
        )
    parameters: list[inspect.Parameter] = []
    for name, own in signature.parameters.items():
        kept = own.replace(kind=inspect.Parameter.KEYWORD_ONLY) if parameters else own
        parameters += flags if name == "typed" else [kept]

    @functools.wraps(command)
    def wrapper(context: typer.Context, **values: Any) -> object:
        typed = {name: values.pop(name) for name in _FLAGS}
        lists = {name: tuple(v) for name, v in typed.items() if isinstance(v, list)}
        return command(context, typed=Typed(**{**typed, **lists}), **values)

    wrapper.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
    return wrapper
