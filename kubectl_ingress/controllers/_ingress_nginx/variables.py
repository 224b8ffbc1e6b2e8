"""Variables of nginx in values of annotations: which there are, and what they hold.

A name that nginx does not know stops it from loading its whole configuration.
https://nginx.org/en/docs/varindex.html, and those that nginx.tmpl sets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field

from kubectl_ingress.controllers._ingress_nginx.sight import AS_IT_IS, Sight
from kubectl_ingress.controllers._nginx import host_of
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Request

_REFERENCE = re.compile(r"\$(?:([1-9])|\{(\w*)\}|(\w+)|)", re.ASCII)
_GROUP = re.compile(r"\(\?(?:P?<|')([A-Za-z_]\w*)[>']", re.ASCII)

_NEXT_COOKIE = re.compile(r"^[^;,]*[;,]? *")
_FAMILIES = (
    *("arg_", "http_", "cookie_", "sent_http_", "sent_trailer_", "upstream_http_"),
    *("upstream_trailer_", "upstream_cookie_", "proxy_protocol_tlv_"),
)

_OF_NGINX = """
    ancient_browser args binary_remote_addr body_bytes_sent bytes_sent connection
    connection_requests connection_time connections_active connections_reading
    connections_waiting connections_writing content_length content_type document_root
    document_uri fastcgi_path_info fastcgi_script_name gzip_ratio host hostname http2
    https invalid_referer is_args limit_conn_status limit_rate limit_req_status
    modern_browser msec msie nginx_version pid pipe proxy_add_x_forwarded_for proxy_host
    proxy_port proxy_protocol_addr proxy_protocol_port proxy_protocol_server_addr
    proxy_protocol_server_port query_string realip_remote_addr realip_remote_port
    realpath_root remote_addr remote_port remote_user request request_body
    request_body_file request_completion request_filename request_id request_length
    request_method request_time request_uri scheme secure_link secure_link_expires
    server_addr server_name server_port server_protocol slice_range ssl_alpn_protocol
    ssl_cipher ssl_ciphers ssl_client_cert ssl_client_escaped_cert ssl_client_fingerprint
    ssl_client_i_dn ssl_client_i_dn_legacy ssl_client_raw_cert ssl_client_s_dn
    ssl_client_s_dn_legacy ssl_client_serial ssl_client_v_end ssl_client_v_remain
    ssl_client_v_start ssl_client_verify ssl_curve ssl_curves ssl_early_data ssl_protocol
    ssl_server_name ssl_session_id ssl_session_reused status tcpinfo_rcv_space tcpinfo_rtt
    tcpinfo_rttvar tcpinfo_snd_cwnd time_iso8601 time_local upstream_addr
    upstream_bytes_received upstream_bytes_sent upstream_cache_status
    upstream_connect_time upstream_header_time upstream_response_length
    upstream_response_time upstream_status uri
"""
_SET_BY_THE_TEMPLATE = """
    balancer_ewma_score best_http_host connection_upgrade force_no_ssl_redirect
    force_ssl_redirect ingress_name literal_dollar location_path loggable namespace
    pass_access_scheme pass_port pass_server_port preserve_trailing_slash
    proxy_alternative_upstream_name proxy_upstream_name req_id service_name service_port
    ssl_redirect use_port_in_redirects
"""
OF_THE_TEMPLATE = frozenset(_SET_BY_THE_TEMPLATE.split())
"""What nginx.tmpl sets, in each location or for all, whatever the objects (the rest: known.py)."""
_KNOWN = frozenset([*_OF_NGINX.split(), *OF_THE_TEMPLATE])
_CHANGEABLE = """
    ancient_browser args invalid_referer limit_rate modern_browser msie proxy_host proxy_port
"""
# Variables that a group of a pattern may share its name with (NGX_HTTP_VAR_CHANGEABLE, measured).
_SHARED = OF_THE_TEMPLATE | frozenset(_CHANGEABLE.split())


class Captures(Struct, frozen=True):
    """What a pattern has found: the numbered groups and the named ones."""

    groups: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)


_NOTHING_FOUND = Captures()


def named_groups(pattern: str) -> Iterator[str]:
    """The names of a pattern's groups, in lower case: each is a variable, everywhere."""
    return (found[1].lower() for found in _GROUP.finditer(pattern))


def is_taken(name: str) -> bool:
    """Whether nginx has a variable of its own of this name, which no group may have."""
    return name in _KNOWN and name not in _SHARED and not name.startswith("ssl_")


def variables(text: str) -> Iterator[str]:
    """The names of the variables in a text, "" for a dollar that no name follows."""
    for found in _REFERENCE.finditer(text):
        if not found[1]:
            yield found[2] or found[3] or ""


def is_known(name: str) -> bool:
    """Whether nginx knows the variable, of a name in lower case, whatever the configuration."""
    return name in _KNOWN or name.startswith(_FAMILIES)


class Text(Struct, frozen=True):
    """A value with variables.

    `constants` are those that a location sets itself, `sight` says who is taken
    for the client.
    """

    template: str
    constants: Mapping[str, str] = field(default_factory=dict)
    sight: Sight = AS_IT_IS

    def value(
        self,
        request: Request,
        path: str,
        captures: Captures = _NOTHING_FOUND,
        escape: Callable[[str], str] | None = None,
    ) -> str:
        """The value for one request; groups are escaped by `escape`, what is unknown is ""."""

        def piece(match: re.Match[str]) -> str:
            if match[1]:
                number = int(match[1])
                group = captures.groups[number - 1] if number <= len(captures.groups) else ""
                return escape(group) if escape else group
            name = (match[2] or match[3] or "").lower()
            if name in captures.named:
                return captures.named[name]
            if name in self.constants:
                return self.constants[name]
            if name == "remote_addr":
                return str(self.sight.client(request) or "")
            return read_variable(name, request, path) or ""

        return _REFERENCE.sub(piece, self.template)

    @property
    def undecided(self) -> tuple[str, ...]:
        """The variables whose value nobody can predict."""
        names = {name.lower() for name in variables(self.template)} - self.constants.keys()
        return tuple(sorted(name for name in names if not _is_readable(name)))

    def __str__(self) -> str:
        return self.template


_READ: Mapping[str, Callable[[Request, str], str]] = {
    "uri": lambda request, path: path,
    "document_uri": lambda request, path: path,
    "request_uri": lambda request, path: request.target,
    "args": lambda request, path: request.query or "",
    "query_string": lambda request, path: request.query or "",
    "is_args": lambda request, path: "?" if request.query else "",
    "host": lambda request, path: host_of(request.host) or "",
    "best_http_host": lambda request, path: request.authority,
    "scheme": lambda request, path: request.scheme,
    "pass_access_scheme": lambda request, path: request.scheme,
    "request_method": lambda request, path: request.method,
    "literal_dollar": lambda request, path: "$",
    "proxy_alternative_upstream_name": lambda request, path: "",
}


def _is_readable(name: str) -> bool:
    return name in (*_READ, "remote_addr") or name.startswith(("arg_", "http_", "cookie_"))


def read_variable(name: str, request: Request, path: str) -> str | None:
    """The value of a variable before a request is sent on, None where it has none.

    `name` is in lower case, `path` normalised; texts have one character per byte.
    """
    if name in _READ:
        value = _READ[name](request, path)
        return value if value is path else as_bytes(value)
    family, _, rest = name.partition("_")
    match family:
        case "http":
            return request_header(rest, request)
        case "cookie":
            return request_cookie(rest, request)
        case "arg":
            return _argument(rest, request)
    return None


def request_header(name: str, request: Request) -> str | None:
    """``$http_<name>``: dashes and case do not count; several values are joined (since 1.23)."""
    wanted = name.lower().replace("-", "_")
    if wanted == "host":
        return as_bytes(request.authority)
    values = [v for k, v in request.headers if k.lower().replace("-", "_") == wanted]
    return as_bytes(", ".join(values)) if values else None


def request_cookie(name: str, request: Request) -> str | None:
    """``$cookie_<name>``: the first of that name, in whatever case."""
    found = (_cookie_in(line, name.lower()) for line in request.header_values("cookie"))
    value = next((one for one in found if one is not None), None)
    return None if value is None else as_bytes(value)


def _cookie_in(rest: str, name: str) -> str | None:
    """ngx_http_parse_multi_header_lines, to which a comma begins another one too."""
    while rest:
        if rest[: len(name)].lower() == name:
            rest = rest[len(name) :].lstrip(" ")
            if rest.startswith("="):
                return rest[1:].lstrip(" ").partition(";")[0]
            # This sign is read over, even where it ends the cookie.
            rest = rest[1:]
        rest = _NEXT_COOKIE.sub("", rest)
    return None


def _argument(name: str, request: Request) -> str | None:
    for pair in (request.query or "").split("&"):
        key, equals, value = pair.partition("=")
        if equals and key.lower() == name:
            return as_bytes(value)
    return None
