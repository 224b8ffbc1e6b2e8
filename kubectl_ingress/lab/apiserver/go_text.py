"""Values as Go writes them, because the real server's messages and field sets have them so.

https://pkg.go.dev/fmt: the verbs %v, %#v, %q and %T; https://pkg.go.dev/encoding/json.
"""

from __future__ import annotations

import json
from typing import Any

_ESCAPED = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_SHORT = {"\a": r"\a", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v"}
_SHORT |= {"\\": "\\\\", '"': '\\"'}
_TYPES = {str: "string", bool: "bool", int: "int64", float: "float64"}


def plain(value: Any) -> str:
    """%v: ``map[a:1 b:[x <nil>]]``."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{plain(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(plain(item) for item in value) + "]"
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def syntax(value: Any) -> str:
    """%#v: ``map[string]interface {}{"a":1}``."""
    if isinstance(value, dict):
        inner = ", ".join(f"{quoted(key)}:{syntax(value[key])}" for key in sorted(value))
        return f"{type_name(value)}{{{inner}}}"
    if isinstance(value, list):
        return f"{type_name(value)}{{{', '.join(syntax(item) for item in value)}}}"
    if value is None:
        return "interface {}(nil)"
    return quoted(value) if isinstance(value, str) else plain(value)


def quoted(value: str) -> str:
    """%q: in double quotes, whatever does not print escaped."""
    return '"' + "".join(_SHORT.get(char) or _escape(char) for char in value) + '"'


def type_name(value: Any) -> str:
    """%T."""
    if isinstance(value, dict):
        return "map[string]interface {}"
    if isinstance(value, list):
        return "[]interface {}"
    return "<nil>" if value is None else _TYPES[type(value)]


def encoded(value: Any, *, sort: bool = True) -> str:
    """JSON, fit to stand in HTML; the keys of maps are sorted, those of structs are not."""
    written = json.dumps(value, sort_keys=sort, separators=(",", ":"), ensure_ascii=False)
    return written.translate(_ESCAPED)


def _escape(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
