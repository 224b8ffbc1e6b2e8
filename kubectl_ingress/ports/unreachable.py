"""Why no answer came: urllib3's exceptions in the words of somebody at a terminal."""

from __future__ import annotations

import ssl

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from kubectl_ingress.errors import ApiFailed, ApiUnreachable
from kubectl_ingress.ports.asked import Session

_CHECK = "check the network or the context: kubectl config get-contexts"

# OpenSSL's verify codes (openssl/x509_vfy.h).
_NOT_YET_VALID, _EXPIRED, _WRONG_NAME, _WRONG_ADDRESS = 9, 10, 62, 64


def unreachable(error: HTTPError, session: Session, seconds: float | None) -> ApiUnreachable:
    """An exception from before the answer -> the error to raise; `seconds` is what was waited."""
    server, of = session.server_named, session.in_context
    if isinstance(error, ProxyError):
        return _proxy_error(error.original_error, session)
    if inner := _of_socks(error):
        return _proxy_error(inner, session)
    if isinstance(error, SSLError):
        return _tls_error(error, session)
    if isinstance(error, NameResolutionError):
        return ApiUnreachable(f"the name of {server} does not resolve{of}", _CHECK)
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError) and not isinstance(
        error, NewConnectionError
    ):
        within = f" within {seconds:g} s" if seconds is not None else " in time"
        return ApiUnreachable(f"{server} did not answer{within}{of}", _CHECK)
    cause = _system_error(error)
    if isinstance(cause, ConnectionRefusedError):
        return ApiUnreachable(f"{server} refused the connection{of}", _CHECK)
    if isinstance(error, ProtocolError):
        return ApiUnreachable(f"{server} closed the connection without an answer{of}", _CHECK)
    why = (cause.strerror if cause else None) or str(error)
    return ApiUnreachable(f"{server} cannot be reached: {why}{of}", _CHECK)


def broken_off(
    error: HTTPError, session: Session, method: str, seconds: float | None = None
) -> ApiFailed:
    """An exception in the middle of the answer -> the error to raise.

    `seconds` is how long the whole answer might take, None where only silence ends it.
    """
    again = "run the command again"
    if isinstance(error, ReadTimeoutError) and seconds is not None:
        what = f"had not sent all of its answer after {seconds:g} s"
        again = "give it more time: --request-timeout TIME"
    elif isinstance(error, ReadTimeoutError):
        what = "stopped in the middle of its answer"
    elif isinstance(error, ProtocolError):
        what = "closed the connection in the middle of its answer"
    else:
        what = f"sent an answer that cannot be decoded: {error}"
    doubt = "" if method == "GET" else "; what was asked may have been done"
    return ApiFailed(f"{session.server_named} {what}{doubt}{session.in_context}", again)


def _system_error(error: BaseException) -> OSError | None:
    """The OSError at the bottom of urllib3's layers."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            return seen
        inner = [item for item in seen.args if isinstance(item, BaseException)]
        seen = seen.__cause__ or (inner[-1] if inner else None)
    return None


def _of_socks(error: HTTPError) -> Exception | None:
    """What a SOCKS proxy did wrong, None where it is no fault of one or a mere timeout."""
    # Every command imports this module, and hardly one goes through such a proxy.
    import socks  # type: ignore[import-untyped]  # PySocks ships no types

    # urllib3 has no error of its own for these, and raises its own while it handles them.
    said = error.__context__
    if not isinstance(said, socks.ProxyError) or isinstance(said.socket_err, TimeoutError):
        return None
    inner: Exception = said.socket_err or said
    return inner


def _proxy_error(inner: Exception, session: Session) -> ApiUnreachable:
    cause = _system_error(inner)
    why = (cause.strerror if cause else None) or str(inner)
    return ApiUnreachable(
        f"the proxy before {session.server_named} does not let us through: {why}"
        f"{session.in_context}",
        "check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY",
    )


def _tls_error(error: SSLError, session: Session) -> ApiUnreachable:
    found = next((item for item in error.args if isinstance(item, ssl.SSLError)), None)
    server, of = session.server_named, session.in_context
    if isinstance(found, ssl.SSLCertVerificationError):
        if found.verify_code in (_WRONG_NAME, _WRONG_ADDRESS):
            return ApiUnreachable(
                f"the certificate of {server} is for another name: {found.verify_message}{of}",
                "if the address is right: --tls-server-name NAME",
            )
        if found.verify_code == _EXPIRED:
            return ApiUnreachable(f"the certificate of {server} has expired{of}", "renew it there")
        if found.verify_code == _NOT_YET_VALID:
            return ApiUnreachable(
                f"the certificate of {server} is not valid yet{of}", "check this machine's clock"
            )
        return ApiUnreachable(
            f"the certificate of {server} is not trusted: {found.verify_message}{of}",
            "check certificate-authority of this cluster: kubectl config view",
        )
    why = (found.reason if found else None) or str(error)
    if why == "WRONG_VERSION_NUMBER":
        return ApiUnreachable(f"{server} does not speak TLS{of}", "is it http:// there?")
    words = why.lower().replace("_", " ")
    return ApiUnreachable(f"TLS with {server} failed: {words}{of}", _CHECK)
