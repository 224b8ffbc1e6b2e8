"""Variables of nginx whose value a request shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from kubectl_ingress.controllers._f5_nginx.requests import shown_host
from kubectl_ingress.core.request import Request

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+)|)", re.ASCII)
_VALUES: Mapping[str, Callable[[Request, str], str]] = {
    "args": lambda request, path: request.query or "",
    "host": lambda request, path: shown_host(request),
    "http_host": lambda request, path: request.authority,
    "http_x_forwarded_proto": lambda request, path: request.header("x-forwarded-proto") or "",
    "query_string": lambda request, path: request.query or "",
    "request_uri": lambda request, path: request.target,
    "scheme": lambda request, path: request.scheme,
    "uri": lambda request, path: path,
}


# Those that nginx has too, and whose value is not followed.
_NGINX = re.compile(
    r"(arg|cookie|http|sent_http|sent_trailer|upstream_http|upstream_cookie|upstream_trailer)_\w+"
    r"|ssl_\w+|tcpinfo_\w+|proxy_\w+|time_(iso8601|local)|limit_(conn|req)_status|realpath_root"
    r"|remote_(addr|port|user)|server_(addr|name|port|protocol)|upstream_\w+|binary_remote_addr"
    r"|body_bytes_sent|bytes_sent|connection(_requests|_time)?|content_(length|type)|date_(gmt|local)"
    r"|document_(root|uri)|gzip_ratio|hostname|https|invalid_referer|is_args|is_request_port"
    r"|request_port|limit_rate|msec|nginx_version|pid|pipe|request(_\w+)?|status|geoip2?_\w+"
    r"|uid_(got|reset|set)|sp?di_\w+|secure_link(_expires)?|resource_\w+|service|opentracing_\w+"
    r"|otel_\w+|jwt_\w+|apimgmt_\w+|default_connection_header|http2|http3|slice_range|memcached_key"
)


def exists(name: str) -> bool:
    """Whether nginx has a variable of this name; one that it lacks stops it from loading."""
    return name in _VALUES or _NGINX.fullmatch(name) is not None


def is_known(name: str) -> bool:
    """Whether the value is followed."""
    return name in _VALUES


def are_known(text: str) -> bool:
    """Whether all variables in a text are among these."""
    return all((braced or plain) in _VALUES for braced, plain in _VARIABLE.findall(text))


def expanded(text: str, request: Request, path: str) -> str:
    """The text with the values of a request, whose path is normalised."""

    def value(match: re.Match[str]) -> str:
        known = _VALUES.get(match[1] or match[2] or "")
        return match[0] if known is None else known(request, path)

    return _VARIABLE.sub(value, text)
