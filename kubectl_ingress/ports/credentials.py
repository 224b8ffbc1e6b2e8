"""What the user of a kubeconfig shows to the API server, and whom it acts as.

Which of several credentials counts is kubectl's rule: a readable tokenFile
before a token (also before ``--token``), and an exec plugin only where there
is nothing else. A client certificate is shown beside a token.
"""

from __future__ import annotations

import base64
import json
import os
import re
import time
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.connection import typed_flags
from kubectl_ingress.core.commands import command
from kubectl_ingress.errors import KubeconfigError
from kubectl_ingress.ports.kubeconfig import Fields, read_bytes

if TYPE_CHECKING:
    from kubectl_ingress.connection import ClusterOptions

# RFC 9110 tokens without "%", which escapes: the characters that client-go
# leaves as they are in the name of an Impersonate-Extra header.
_HEADER_SAFE = re.compile(rb"[A-Za-z0-9!#$&'*+.^_`|~-]")

_SUCCESSOR = {"gcp": "gke-gcloud-auth-plugin", "azure": "kubelogin"}
_NO_SUCCESSOR = "see kubectl config set-credentials --help"


class Hidden:
    """A base before Struct: it does not show what it holds, for it holds secrets."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class CertificatePair(Hidden, Struct, frozen=True):
    """A client certificate and its key, both PEM."""

    certificate: bytes
    key: bytes


class ExecPlugin(Struct, frozen=True):
    """``users[].user.exec``: a program that prints credentials.

    `where` names it in errors; `again` is the kubectl command that runs it anew.
    """

    command: str
    args: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    api_version: str
    interactive_mode: str
    provide_cluster_info: bool
    install_hint: str
    where: str
    again: str


class Credentials(Hidden, Struct, frozen=True):
    """What the user shows to the API server; several may apply at once."""

    token: str = ""
    token_file: str = ""
    username: str = ""
    password: str = ""
    pair: CertificatePair | None = None
    plugin: ExecPlugin | None = None

    def __bool__(self) -> bool:
        return self != NO_CREDENTIALS


NO_CREDENTIALS = Credentials()


def parse_credentials(user: Fields, options: ClusterOptions) -> Credentials:
    """A user entry and the flags -> Credentials, empty where there are none.

    Raises KubeconfigError.
    """
    again = command("get", "--raw", "/version", *typed_flags(replace(options, namespace=None)))
    has_plugin = user.data.get("exec") is not None
    plugin = parse_plugin(user.child("exec"), again) if has_plugin else None
    provider = user.child("auth-provider")
    if plugin and provider.data:
        raise user.error("has both an auth-provider and an exec plugin; only one is allowed")
    id_token = _provider_token(provider, again) if provider.data else ""
    token = options.token or user.text("token") or id_token
    token_file = _token_file(user.path("tokenFile"), token)
    username, password = user.text("username"), user.text("password")
    if (username or password) and (token or token_file):
        raise user.error("has both a token and a username; only one is allowed")
    pair = _pair(user, options)
    if token or token_file or username or password or pair:
        # kubectl does not run the plugin then.
        plugin = None
    return Credentials(token, token_file, username, password, pair, plugin)


def read_token(path: str) -> str:
    """The token in a tokenFile. Raises KubeconfigError."""
    token = read_bytes(path, "tokenFile").decode("utf-8", "surrogateescape").strip()
    if not token:
        raise KubeconfigError(f"the tokenFile {path} is empty", "log in again, or use --token")
    return token


def _token_file(path: str, token: str) -> str:
    """The path, or nothing where it cannot be read and there is a token to use instead."""
    if path:
        try:
            read_token(path)
        except KubeconfigError:
            if not token:
                raise
            return ""
    return path


def _pair(user: Fields, options: ClusterOptions) -> CertificatePair | None:
    if options.client_certificate:
        certificate = read_bytes(options.client_certificate, "--client-certificate")
    else:
        certificate = user.pem("client-certificate")
    if not certificate:
        return None
    key = (
        read_bytes(options.client_key, "--client-key")
        if options.client_key
        else user.pem("client-key")
    )
    if not key:
        raise user.error("has a client-certificate and no client-key")
    return CertificatePair(certificate, key)


def _provider_token(provider: Fields, again: str) -> str:
    name = provider.text("name")
    if name != "oidc":
        # gcp and azure were removed with 1.26, the others before.
        removed = provider.error(f'is "{name}", which Kubernetes has removed')
        removed.next_step = f"use the exec plugin instead: {_SUCCESSOR.get(name, _NO_SUCCESSOR)}"
        raise removed
    token = provider.child("config").text("id-token")
    if not token or _has_expired(token):
        error = provider.error("has no id-token" if not token else "has an expired id-token")
        error.next_step = f"let kubectl renew and store it: {again}"
        raise error
    return token


def _has_expired(token: str) -> bool:
    """Whether the `exp` of a JSON Web Token is over; one that is unreadable may still do."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"]) <= time.time()
    except (LookupError, ValueError, TypeError, RecursionError):
        return False


def parse_plugin(fields: Fields, again: str) -> ExecPlugin:
    """``exec`` of a user, refused where kubectl refuses it. Raises KubeconfigError."""
    command, version = fields.text("command"), fields.text("apiVersion")
    if not command:
        raise fields.error("has no command")
    if os.sep in command:
        command = fields.path("command")
    if version not in (f"client.authentication.k8s.io/{v}" for v in ("v1", "v1beta1")):
        raise fields.error(f'has the apiVersion "{version}"; only v1 and v1beta1 are supported')
    mode = fields.text("interactiveMode")
    if not mode and version.endswith("/v1beta1"):
        mode = "IfAvailable"
    if mode not in ("IfAvailable", "Never", "Always"):
        raise fields.error("needs an interactiveMode: IfAvailable, Never or Always")
    env = tuple((entry.text("name"), entry.text("value")) for entry in fields.children("env"))
    if any(not name or "=" in name or "\0" in name + value for name, value in env):
        raise fields.error("has an env entry without a usable name")
    return ExecPlugin(
        command=command,
        args=fields.texts("args"),
        env=env,
        api_version=version,
        interactive_mode=mode,
        provide_cluster_info=fields.flag("provideClusterInfo"),
        install_hint=fields.text("installHint"),
        where=f"the exec plugin of {fields.where.removesuffix(' exec')}",
        again=again,
    )


def parse_impersonation(user: Fields, options: ClusterOptions) -> tuple[tuple[str, str], ...]:
    """``as*`` of a user entry and ``--as*`` -> headers; a flag wins over its field.

    Raises KubeconfigError.
    """
    name = options.as_user or user.text("as")
    uid = options.as_uid or user.text("as-uid")
    groups = options.as_group or user.texts("as-groups")
    extra = user.child("as-user-extra")
    if not name:
        if uid or groups or extra.data:
            raise KubeconfigError(
                "a group, UID or extra is impersonated without a user", "add --as USER"
            )
        return ()
    headers = [("Impersonate-User", name)]
    if uid:
        headers.append(("Impersonate-Uid", uid))
    headers += [("Impersonate-Group", group) for group in groups]
    for key in map(str, extra.data):
        headers += [(f"Impersonate-Extra-{_escaped(key)}", value) for value in extra.texts(key)]
    return tuple(headers)


def _escaped(key: str) -> str:
    raw = key.encode("utf-8", "surrogatepass")
    return "".join(
        chr(byte) if _HEADER_SAFE.match(bytes([byte])) else f"%{byte:02X}" for byte in raw
    )
