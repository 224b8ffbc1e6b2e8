"""Lines of snippets: which ones answer a request, and which ones nginx refuses.

A directive that nginx does not know stops it from loading anything (measured).
Known ones are followed as far as they return or are known to leave routes alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kubectl_ingress.controllers._f5_nginx.actions import To
from kubectl_ingress.controllers._f5_nginx.variables import are_known
from kubectl_ingress.controllers._snippet import Snippet
from kubectl_ingress.core.actions import Action, Answer
from kubectl_ingress.core.values import Value

# Directives that leave the way of a request as it is.
_HARMLESS = re.compile(
    r"(access_log|add_header|add_trailer|aio\w*|charset\w*|chunked_transfer_encoding"
    r"|client_body_\w+|client_header_\w+|default_type|directio\w*|error_log|etag|expires|gunzip\w*"
    r"|gzip\w*|http2\w*|keepalive_\w+|large_client_header_buffers|lingering_\w+|log_not_found"
    r"|log_subrequest|more_\w+|output_buffers|postpone_output|proxy_(?!pass$|redirect$)\w+"
    r"|grpc_(?!pass$)\w+|read_ahead|request_pool_size|reset_timedout_connection|resolver\w*"
    r"|send_\w+|sendfile\w*|server_tokens|set|ssl_\w+|sub_filter\w*|tcp_\w+|types\w*"
    r"|underscores_in_headers|variables_hash_\w+)"
)
_DIRECTIVES = """
absolute_redirect alias allow auth_basic auth_basic_user_file auth_request auth_request_set
autoindex break client_max_body_size deny disable_symlinks empty_gif error_page fastcgi_pass
grpc_pass if if_modified_since ignore_invalid_headers include index internal js_body_filter
js_content js_header_filter js_import js_set js_var limit_conn limit_conn_dry_run
limit_conn_log_level limit_conn_status limit_except limit_rate limit_rate_after limit_req
limit_req_dry_run limit_req_log_level limit_req_status listen location max_ranges memcached_pass
merge_slashes mirror mirror_request_body msie_padding msie_refresh open_file_cache otel_trace
override_charset port_in_redirect proxy_pass proxy_redirect random_index real_ip_header
real_ip_recursive recursive_error_pages return rewrite rewrite_log root satisfy scgi_pass
secure_link secure_link_md5 server_name server_name_in_redirect set_real_ip_from slice
source_charset ssi status_zone stub_status try_files uninitialized_variable_warn userid
userid_name uwsgi_pass valid_referers xslt_stylesheet
"""
_KNOWN = frozenset(_DIRECTIVES.split())
# Blocks that hold directives; others hold a language of their own.
_NESTING = frozenset({"if", "location", "limit_except"})
_TOKEN = re.compile(
    r"""(?P<sign>[;{}])|(?P<comment>\#[^\n]*)|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
    r"""|(?:\\.|\$\{|[^\s;{}"'\\#])(?:\\.|\$\{|(?<=[\w{])\}|[^\s;{}\\])*""",
    re.DOTALL,
)


def snippet(value: Value, name: str) -> Snippet:
    """What is known of a snippet."""
    answer: Action | None = None
    unclear = ""
    blocks: list[str] = []
    for words, sign in _statements(value.text):
        if sign == "}" and blocks and not words:
            blocks.pop()
            continue
        directive = words[0] if words else ""
        if not directive or sign not in (";", "{"):
            return Snippet(problem=f"{name} ends in the middle of a directive")
        harmless = bool(_HARMLESS.fullmatch(directive)) or not _NESTING.issuperset(blocks)
        if not harmless and directive not in _KNOWN:
            return Snippet(problem=f"{name} has {directive}, which nginx does not know there")
        if not harmless and answer is None and not unclear:
            answer = None if blocks else _answer(words, f"{name}: {' '.join(words)}", value)
            unclear = "" if answer else f"{directive} in {name} is not followed"
        if sign == "{":
            blocks.append(directive)
    if blocks:
        return Snippet(problem=f"{name} leaves a block open")
    return Snippet((answer,) if answer else (), unclear)


def _statements(text: str) -> Iterator[tuple[list[str], str]]:
    """Words with the sign that ends them, "" where none does (ngx_conf_read_token)."""
    words: list[str] = []
    for found in _TOKEN.finditer(text):
        if found["sign"]:
            yield words, found["sign"]
            words = []
        elif not found["comment"]:
            words.append(found[0])
    if words:
        yield words, ""


def _answer(words: Sequence[str], text: str, value: Value) -> Action | None:
    """What a return answers; 444 breaks the connection, which is no answer."""
    if words[0] != "return" or not 2 <= len(words) <= 3:
        return None
    first, last = (word.strip("\"'") for word in (words[1], words[-1]))
    if first.startswith(("http://", "https://", "/")) and len(words) == 2:
        return To(302, value, location=first) if are_known(first) else None
    if not re.fullmatch("[1-5][0-9]{2}", first) or first == "444":
        return None
    status = int(first)
    if status in (301, 302, 303, 307, 308) and len(words) == 3:
        return To(status, value, location=last) if are_known(last) else None
    return Answer(status, text, value)
