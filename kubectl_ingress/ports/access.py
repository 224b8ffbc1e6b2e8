"""Which API server, as whom, in which namespace: the kubeconfig and the flags together.

The rules are kubectl's (k8s.io/client-go/tools/clientcmd, 1.32 to 1.37), held
by a table test against the real one, with two exceptions on purpose: where
kubectl would try http://localhost:8080 for want of a cluster, and where it
would ask for a user name and a password, this is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.connection import without_password
from kubectl_ingress.core.duration import parse_duration
from kubectl_ingress.errors import KubeconfigError
from kubectl_ingress.ports.credentials import (
    NO_CREDENTIALS,
    Credentials,
    parse_credentials,
    parse_impersonation,
)
from kubectl_ingress.ports.kubeconfig import Fields, Kubeconfig, read, read_bytes

if TYPE_CHECKING:
    from kubectl_ingress.connection import ClusterOptions

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
EXEC_EXTENSION = "client.authentication.k8s.io/exec"
OWN_EXTENSION = "kubectl-ingress"
"""Of a cluster entry: ``{connectTo: FILE}`` says where its load balancers are."""


class Access(Struct, frozen=True):
    """Everything needed to talk to one API server.

    `server` is a URL without a trailing slash; `ca` is PEM, empty for the
    system's. `impersonation` are header names and values, repeated names in order.
    `connect_to` is the absolute path of a file for ports.connect_to, "" for DNS.
    """

    server: str
    namespace: str = "default"
    context: str = ""
    cluster: str = ""
    user: str = ""
    ca: bytes = b""
    insecure: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""
    compress: bool = True
    credentials: Credentials = NO_CREDENTIALS
    impersonation: tuple[tuple[str, str], ...] = ()
    exec_config: object = None
    connect_to: str = ""

    @property
    def is_tls(self) -> bool:
        """Whether the connection is encrypted; kubectl shows credentials only then."""
        return self.server.startswith("https://")


def resolve(
    options: ClusterOptions,
    variables: Mapping[str, str],
    service_account: Path = SERVICE_ACCOUNT,
) -> Access:
    """The flags and the kubeconfig -> Access. In a Pod without a kubeconfig, the Pod's own.

    Raises KubeconfigError.
    """
    config = read(options.kubeconfig, variables)
    name = options.context or config.current_context
    context = _context(config, name)
    cluster_name = options.cluster or context.text("cluster")
    if not cluster_name and not options.server:
        if name or not _in_pod(variables, service_account):
            raise _no_cluster(config, name)
        return _in_cluster(options, variables, service_account)
    cluster = _entry(config.clusters, "cluster", cluster_name, name, bool(options.server))
    user_name = options.user or context.text("user")
    # A flag that says who is asking makes up for a user that does not exist.
    is_said = bool(not user_name or options.token or options.client_certificate)
    user = _entry(config.users, "user", user_name, name, is_said)
    base = _cluster_access(cluster, options)
    credentials = parse_credentials(user, options) if base.is_tls else NO_CREDENTIALS
    if base.credentials:
        # Go sends the login in a URL in place of every other, if beside a certificate,
        # and without TLS as well.
        user_name = base.user
        credentials = replace(base.credentials, pair=credentials.pair)
    if base.is_tls and not credentials:
        raise _no_credentials(user_name, name)
    return replace(
        base,
        namespace=options.namespace
        or context.text("namespace")
        or _default_namespace(variables, service_account),
        context=name,
        cluster=cluster_name,
        user=user_name,
        credentials=credentials,
        impersonation=parse_impersonation(user, options),
    )


def _cluster_access(cluster: Fields, options: ClusterOptions) -> Access:
    """Where it is and how it is recognised; who asks is left open, but for a login in the URL."""
    ca, insecure = _trust(cluster, options)
    # --server without --tls-server-name: the name in the file was another server's.
    own_name = "" if options.server else cluster.text("tls-server-name")
    url, login = server_url(options.server or cluster.text("server"), cluster)
    return Access(
        server=url,
        user=login.username,
        credentials=login,
        ca=ca,
        insecure=insecure,
        tls_server_name=options.tls_server_name or own_name,
        proxy_url=cluster.text("proxy-url"),
        compress=not cluster.flag("disable-compression"),
        exec_config=_extension(cluster, EXEC_EXTENSION).data.get("extension"),
        connect_to=_extension(cluster, OWN_EXTENSION).child("extension").path("connectTo"),
    )


def _context(config: Kubeconfig, name: str) -> Fields:
    if not name:
        return Fields(None, "", "")
    if name not in config.contexts:
        raise KubeconfigError(
            f'the context "{name}" was not found in {_read_from(config)}', _known(config.contexts)
        )
    return config.contexts[name]


def _known(contexts: Mapping[str, Fields]) -> str:
    if not contexts:
        return "it has no contexts; name another file with --kubeconfig"
    names = sorted(contexts)
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"contexts: {', '.join(names[:20])}{more}"


def _read_from(config: Kubeconfig) -> str:
    if config.files:
        return ", ".join(config.files)
    return f"{', '.join(config.missing) or 'any kubeconfig'} (no such file)"


def _no_cluster(config: Kubeconfig, context: str) -> KubeconfigError:
    # kubectl goes to http://localhost:8080 here and reports that it is
    # refused, which tells nobody that the kubeconfig is what is missing.
    if context:
        return config.contexts[context].error("names no cluster")
    if not config.files:
        asked, do = " and ".join(config.missing), "do" if len(config.missing) > 1 else "does"
        absent = f"no kubeconfig: {asked} {do} not exist" if asked else "no kubeconfig, no $HOME"
        return KubeconfigError(absent, "name one with --kubeconfig FILE or $KUBECONFIG")
    return KubeconfigError(
        f"no current context is set in {_read_from(config)}",
        f"set one: kubectl config use-context NAME\n{_known(config.contexts)}",
    )


def _entry(
    entries: Mapping[str, Fields], what: str, name: str, context: str, optional: bool
) -> Fields:
    if name in entries:
        return entries[name]
    if optional:
        return Fields(None, "", "")
    of = f' of the context "{context}"' if context else ""
    raise KubeconfigError(
        f'the {what} "{name}"{of} is in no kubeconfig file',
        f"see which there are: kubectl config get-{what}s",
    )


def _no_credentials(user: str, context: str) -> KubeconfigError:
    # kubectl asks for a user name and a password, which no API server has
    # accepted since Kubernetes 1.19; without a terminal it fails as well.
    who = f'the user "{user}" has' if user else "there are"
    of = f' (context "{context}")' if context else ""
    return KubeconfigError(
        f"{who} no credentials: no token, certificate or exec plugin{of}",
        "log in as your provider says, or see: kubectl config set-credentials --help",
    )


def server_url(text: str, cluster: Fields) -> tuple[str, Credentials]:
    """The API server's URL without query and trailing slash, as client-go completes it.

    Beside it the login that stood in it, NO_CREDENTIALS for none.
    """
    if not text:
        raise cluster.error("has no server")
    # A bare host:port means http to client-go, even with a CA beside it.
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise KubeconfigError(
            f'"{without_password(text)}" is not the URL of a server', "like https://10.0.0.1:6443"
        )
    host = parts.netloc.rpartition("@")[2]
    name, password = (
        unquote(part or "", errors="surrogateescape") for part in (parts.username, parts.password)
    )
    url = SplitResult(parts.scheme, host, parts.path.rstrip("/"), "", "").geturl()
    return url, Credentials(username=name, password=password)


def _trust(cluster: Fields, options: ClusterOptions) -> tuple[bytes, bool]:
    if options.insecure_skip_tls_verify or options.certificate_authority:
        # Either flag replaces both settings of the kubeconfig.
        ca = b""
        if options.certificate_authority:
            ca = read_bytes(options.certificate_authority, "--certificate-authority")
        insecure = options.insecure_skip_tls_verify
    else:
        ca = cluster.pem("certificate-authority")
        insecure = cluster.flag("insecure-skip-tls-verify")
    if ca and insecure:
        raise KubeconfigError(
            "a certificate-authority and insecure-skip-tls-verify exclude each other",
            "leave one of them out",
        )
    return ca, insecure


def _extension(cluster: Fields, name: str) -> Fields:
    """The entry of that name; an empty one where there is none."""
    entries = (entry for entry in cluster.children("extensions") if entry.text("name") == name)
    return next(entries, Fields(None, "", ""))


def _in_pod(variables: Mapping[str, str], service_account: Path) -> bool:
    named = variables.get("KUBERNETES_SERVICE_HOST") and variables.get("KUBERNETES_SERVICE_PORT")
    return bool(named) and (service_account / "token").is_file()


def _default_namespace(variables: Mapping[str, str], service_account: Path) -> str:
    """In a Pod its own namespace, even with a kubeconfig: so does kubectl."""
    if not _in_pod(variables, service_account):
        return "default"
    if variables.get("POD_NAMESPACE"):
        return variables["POD_NAMESPACE"]
    try:
        return (service_account / "namespace").read_text("utf-8").strip() or "default"
    except (OSError, ValueError):
        return "default"


def _in_cluster(
    options: ClusterOptions, variables: Mapping[str, str], service_account: Path
) -> Access:
    host, port = variables["KUBERNETES_SERVICE_HOST"], variables["KUBERNETES_SERVICE_PORT"]
    host = f"[{host}]" if ":" in host else host
    ca_file = options.certificate_authority or str(service_account / "ca.crt")
    insecure = options.insecure_skip_tls_verify
    if options.token:
        credentials = Credentials(token=options.token)
    else:
        credentials = Credentials(token_file=str(service_account / "token"))
    return Access(
        server=server_url(f"https://{host}:{port}", Fields(None, "", ""))[0],
        namespace=options.namespace or _default_namespace(variables, service_account),
        user="" if options.token else "the Pod's service account",
        ca=b"" if insecure else read_bytes(ca_file, "the CA of the service account"),
        insecure=insecure,
        tls_server_name=options.tls_server_name or "",
        credentials=credentials,
        impersonation=parse_impersonation(Fields(None, "", ""), options),
    )


def parse_timeout(text: str | None) -> float | None:
    """``--request-timeout`` in seconds; 0 for no limit, None where it was not typed.

    Raises UsageError.
    """
    return parse_duration(text, "--request-timeout") if text else None
