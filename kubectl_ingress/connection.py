"""How to reach the cluster, as typed: kubectl's own connection flags, as data.

Apart from `options`, which makes command-line parameters of it: the cluster
port needs the values and has no use for a command line.
"""

from __future__ import annotations

import re
import shlex

from msgspec import Struct
from msgspec.structs import replace


class ClusterOptions(Struct, frozen=True):
    """How to reach the cluster, as typed; None or empty means not typed."""

    kubeconfig: str | None = None
    context: str | None = None
    namespace: str | None = None
    cluster: str | None = None
    user: str | None = None
    server: str | None = None
    token: str | None = None
    certificate_authority: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    insecure_skip_tls_verify: bool = False
    tls_server_name: str | None = None
    as_user: str | None = None
    as_group: tuple[str, ...] = ()
    as_uid: str | None = None
    request_timeout: str | None = None
    cache_dir: str | None = None


class Flag(Struct, frozen=True):
    """One shared flag: its field in ClusterOptions, how it is typed, what it says."""

    field: str
    names: tuple[str, ...]
    type: object
    help: str
    daily: bool = False
    metavar: str | None = None


FLAGS = (
    Flag("namespace", ("-n", "--namespace"), str, "Namespace; default: the context's.", True, "NS"),
    Flag("context", ("--context",), str, "Context of the kubeconfig to use.", True, "NAME"),
    Flag(
        "kubeconfig",
        ("--kubeconfig",),
        str,
        "Kubeconfig file, instead of $KUBECONFIG.",
        True,
        "FILE",
    ),
    Flag("cluster", ("--cluster",), str, "Cluster of the kubeconfig to use.", metavar="NAME"),
    Flag("user", ("--user",), str, "User of the kubeconfig to use.", metavar="NAME"),
    Flag("server", ("-s", "--server"), str, "Address of the API server.", metavar="URL"),
    Flag("token", ("--token",), str, "Bearer token for the API server.", metavar="TOKEN"),
    Flag(
        "certificate_authority",
        ("--certificate-authority",),
        str,
        "CA certificate of the API server.",
        metavar="FILE",
    ),
    Flag(
        "client_certificate", ("--client-certificate",), str, "Client certificate.", metavar="FILE"
    ),
    Flag("client_key", ("--client-key",), str, "Key of the client certificate.", metavar="FILE"),
    Flag(
        "insecure_skip_tls_verify",
        ("--insecure-skip-tls-verify",),
        bool,
        "Do not verify the API server's certificate (insecure).",
    ),
    Flag(
        "tls_server_name",
        ("--tls-server-name",),
        str,
        "Name to verify the API server's certificate for.",
        metavar="NAME",
    ),
    Flag("as_user", ("--as",), str, "Impersonate this user.", metavar="USER"),
    Flag(
        "as_group", ("--as-group",), list[str], "Impersonate this group (repeatable).", metavar="G"
    ),
    Flag("as_uid", ("--as-uid",), str, "Impersonate this UID.", metavar="UID"),
    Flag(
        "request_timeout",
        ("--request-timeout",),
        str,
        "Give up on one API request after this long (5s, 2m; 0: never).",
        metavar="TIME",
    ),
    Flag(
        "cache_dir",
        ("--cache-dir",),
        str,
        "Accepted as kubectl does; nothing is cached.",
        metavar="DIR",
    ),
)


_UNTYPED = ("token", "cache_dir", "request_timeout")
# A password may have a slash in it, where nobody has escaped it; a port may not be one.
_PASSWORD = re.compile(r"^((?:\w+://)?[^:/@]*):(?!//|\d+(?:/|$)).*@")


def without_password(url: str, instead: str = "***") -> str:
    """A URL as it may be shown: ``http://bob:***@host``, as kubectl has it."""
    return _PASSWORD.sub(rf"\1:{instead}@", url)


def typed_flags(options: ClusterOptions) -> list[str]:
    """The flags as they would be typed again: for suggested commands. Never a secret."""
    words: list[str] = []
    by_field = {flag.field: flag for flag in FLAGS}
    default = ClusterOptions()
    for field in options.__struct_fields__:
        value = getattr(options, field)
        if value == getattr(default, field) or field in _UNTYPED:
            continue
        name = by_field[field].names[0]
        if value is True:
            words.append(name)
        elif isinstance(value, tuple):
            words += [word for entry in value for word in (name, entry)]
        else:
            words += [name, without_password(value, "VALUE") if field == "server" else str(value)]
    return words


# Of these the namespace is the controller's, or none, and not the one worked in.
_ELSEWHERE = ("install", "upgrade", "uninstall", "status")
_HELM = {"context": "--kube-context", "kubeconfig": "--kubeconfig"}
_ONE_AFTER_ANOTHER = re.compile(r"( && | \| )(?=kubectl )")
_OF_NO_NAMESPACE = {"namespace", "namespaces", "node", "nodes", "ingressclass", "ingressclasses"}


def addressed(commands: str, options: ClusterOptions) -> str:
    """Suggested commands, one a line, with the flags that lead to the same cluster.

    Without them a command that is copied would go to whatever the kubeconfig
    says. What a command says itself stays, so doing it twice changes nothing.
    """
    flags = typed_flags(options)
    elsewhere = typed_flags(replace(options, namespace=None))
    helm = [w for f, name in _HELM.items() if (v := getattr(options, f)) for w in (name, v)]

    def line(command: str) -> str:
        words = command.split()
        if words[:1] == ["helm"] and not set(words) & set(_HELM.values()):
            return " ".join([command, *map(shlex.quote, helm)])
        if words[:1] != ["kubectl"] or set(words) & {f for f in elsewhere if f.startswith("-")}:
            return command
        other = words[1:2] == ["ingress"] and set(words[2:3]) & set(_ELSEWHERE)
        own = (
            {"-n", "--namespace", "-A"} & set(words) or other or _OF_NO_NAMESPACE & set(words[2:3])
        )
        return " ".join([command, *map(shlex.quote, elsewhere if own else flags)])

    # Of several in one line each has to be led there.
    parts = (_ONE_AFTER_ANOTHER.split(one) for one in commands.splitlines())
    return "\n".join("".join(map(line, one)) for one in parts)
