"""Which values ingress-nginx accepts.

Upstream: internal/ingress/annotations/parser/validators.go and the expressions
beside each parser. All of them are over whole values, and none allows a line
break. A `Validator` is asked about a value as it is written; a `Check` about
what the parser makes of it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from msgspec import Struct

from kubectl_ingress.controllers._go import SPACE, is_number
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.patterns import check_pattern


class Place(Struct, frozen=True):
    """Where an annotation stands: its Ingress's namespace, and whether it may name others."""

    namespace: str
    cross_namespace: bool = False


Validator = Callable[[str], bool]
Check = Callable[[str, Place], bool]

BASIC = r"\-._~a-zA-Z0-9/:"
_URL = BASIC + r",:?&="
_REGEX = BASIC + r"\^$\[\](){}*+?|&=\\"
ONE_SPACE = r"[\t\n\f\r ]"
_LINE_BREAK = re.compile(r"[\r\n]")


def anything(value: str) -> bool:
    """Snippets are not looked into."""
    return True


def matching(pattern: str, *, spaces: bool = False) -> Validator:
    """Values that a pattern matches as a whole (parser.ValidateRegex).

    `spaces` is whether the pattern sees the spaces of a value: most do not.
    """
    compiled = re.compile(pattern)

    def valid(value: str) -> bool:
        seen = value if spaces else value.replace(" ", "")
        return compiled.fullmatch(seen) is not None and not _LINE_BREAK.search(seen)

    return valid


class OneOf(Struct, frozen=True):
    """Some words; `fold` ignores case (they are lower case here).

    `trims` takes any space around a word, else it is taken without its spaces.
    `anywhere` is whether a word may stand in other text, as upstream's
    expressions without ``^`` and ``$`` have it.
    """

    words: tuple[str, ...]
    fold: bool = False
    trims: bool = True
    anywhere: bool = False

    def __call__(self, value: str) -> bool:
        word = value.strip(SPACE) if self.trims else value.replace(" ", "")
        if self.anywhere:
            return not _LINE_BREAK.search(word) and any(one in word for one in self.words)
        return (word.lower() if self.fold else word) in self.words


def one_of(*words: str, fold: bool = False) -> OneOf:
    """Words as parser.ValidateOptions takes them."""
    return OneOf(words, fold)


def word_of(*words: str, anywhere: bool = False) -> OneOf:
    """Words as an expression takes them that parser.ValidateRegex is given."""
    return OneOf(words, trims=False, anywhere=anywhere)


basic = matching(f"[{BASIC}]*")
basic_with_spaces = matching(f"[{BASIC} ]*", spaces=True)
basic_with_commas = matching(f"[{BASIC}, ]*", spaces=True)
url_characters = matching(f"[{_URL}]*")
url_characters_without_spaces = matching(f"[{_URL}]*", spaces=True)
url_with_variables = matching(f"[{_URL}$]*")
path_with_captures = matching(f"[{BASIC}$]*", spaces=True)
path_with_captures_and_spaces = matching(f"[{BASIC}$]*")
regex_characters = matching(f"[{_REGEX}]*", spaces=True)
variable_characters = matching(r"[A-Za-z0-9\-_${}]*")
header_characters = matching("[A-Za-z0-9_, -]*")
header_characters_as_written = matching("[A-Za-z0-9_, -]*", spaces=True)
is_size = matching("[0-9]+[bkmgBKMG]?")

_BREAK = rf"(?:,{ONE_SPACE}?|{ONE_SPACE})"
# One word after the other, each with a comma, a space or both after it.
_METHODS = f"[A-Za-z]+(?:{_BREAK}[A-Za-z]+)*{_BREAK}?"
_EXPOSED = rf"[A-Za-z0-9\-_*]+(?:{_BREAK}[A-Za-z0-9\-_*]+)*{_BREAK}?"
http_methods = matching(_METHODS)
http_methods_as_written = matching(_METHODS, spaces=True)
exposed_headers = matching(_EXPOSED)
exposed_headers_as_written = matching(_EXPOSED, spaces=True)
# Whatever stands between two commas may be missing; possessive, or a long value takes for ever.
origins = matching(r"(?:https?://|\*\.|[A-Za-z0-9\-.,]|:[0-9]++)*+|\*")


def are_error_codes(value: str) -> bool:
    """``(?:[4,5][0-9]{2},?)*`` without spaces: the comma among 4 and 5 is upstream's.

    That expression can read a text in so many ways that it is walked here, with
    all places in it where one may be: 0 before a code, 1 and 2 in it, 3 behind.
    """
    places = {0}
    for character in value.replace(" ", ""):
        places = {new for place in places for new in _next_in_code(place, character)}
    return not places.isdisjoint({0, 3})


def _next_in_code(place: int, character: str) -> tuple[int, ...]:
    if place in (1, 2):
        return (place + 1,) if character in "0123456789" else ()
    begins = (1,) if character in "4,5" else ()
    return (0, *begins) if place == 3 and character == "," else begins


def cookie_seconds_as_written(value: str) -> bool:
    """What ``(^0|-?[1-9][0-9]*$)`` finds anywhere: brackets stand around both halves."""
    digits = value[len(value.rstrip("0123456789")) :]
    return (value.startswith("0") or digits.strip("0") != "") and not _LINE_BREAK.search(value)


def cookie_seconds(value: str) -> bool:
    """The same without spaces."""
    return cookie_seconds_as_written(value.replace(" ", ""))


def is_server_name(value: str) -> bool:
    """A host name, or a regular expression of one."""
    return regex_characters(value.strip(SPACE))


def are_server_names(value: str) -> bool:
    """Host names separated by commas."""
    return all(is_server_name(part) for part in value.split(","))


def are_networks(value: str) -> bool:
    """Addresses and networks separated by commas, none of them empty (net.ParseCIDRs)."""
    return not value or all(_is_network(part.strip(SPACE)) for part in value.split(","))


def _is_network(text: str) -> bool:
    address, slash, length = text.partition("/")
    try:
        bits = ipaddress.ip_address(address).max_prefixlen
    except ValueError:
        return False
    if "%" in address:
        return False
    return not slash or (is_number(length) and length.isdigit() and int(length) <= bits)


_LABEL = re.compile("[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


def is_service_name(value: str) -> bool:
    """A label of RFC 1035: a Service cannot have another name."""
    return _LABEL.fullmatch(value) is not None


# What PCRE has and Go's regular expressions have not.
_NOT_IN_GO = re.compile(r"(?<!\\)(?:\\\\)*(?:\(\?(?:[=!>#|&+R(0-9]|<[=!])|\\[1-9]|[*+?}]\+)")


def is_common_name(value: str) -> bool:
    """``CN=`` and a regular expression of Go."""
    if not value.startswith("CN="):
        return False
    pattern = value[3:]
    outside_classes = re.sub(r"\[[^\]]*\]", "x", pattern)
    return not _NOT_IN_GO.search(outside_classes) and not check_pattern(as_bytes(pattern))


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+\-.]*):")
_AUTHORITY = re.compile(r"//([^/?#]*)")
_NOT_IN_HOST = re.compile(r"[\s<>\\^`{|}]")


def scheme_and_host(url: str) -> tuple[str, str] | None:
    """Scheme and ``host:port`` of a URL as Go's net/url reads it, "" where there is none.

    None where it is no URL: a port that is no number, a space in the host, a
    colon in the first segment of a path. Only for texts that one of the
    validators above has let through.
    """
    found = _SCHEME.match(url)
    scheme, rest = (found[1].lower(), url[found.end() :]) if found else ("", url)
    authority = _AUTHORITY.match(rest)
    if authority is None or (not scheme and rest.startswith("///")):
        relative_with_colon = not scheme and ":" in re.split("[/?]", rest, maxsplit=1)[0]
        return None if relative_with_colon else (scheme, "")
    host, colon, port = authority[1].rpartition(":")
    if not colon:
        host, port = port, ""
    if (port and not (port.isascii() and port.isdigit())) or _NOT_IN_HOST.search(host):
        return None
    return scheme, authority[1]


def is_web_address(value: str, place: Place) -> bool:
    """A URL whose scheme begins with ``http`` (redirect.go, isValidURL)."""
    parts = scheme_and_host(value)
    return parts is not None and parts[0].startswith("http")


def has_scheme_and_host(value: str, place: Place) -> bool:
    """A URL with a scheme and a host (parser.StringToURL)."""
    scheme, host = scheme_and_host(value) or ("", "")
    return bool(scheme and host) and ".." not in host


def is_absolute_path(value: str, place: Place) -> bool:
    """A path from the root."""
    return value.startswith("/")


def of_own_namespace(value: str, place: Place) -> bool:
    """``name`` or ``namespace/name``, and a namespace that the Ingress may name."""
    namespace, slash, _ = value.rpartition("/")
    return "/" not in namespace and (
        not slash or namespace in ("", place.namespace) or place.cross_namespace
    )


def qualified(value: str, place: Place) -> bool:
    """``namespace/name``: both are asked for, and the namespace must be the Ingress's."""
    return value.count("/") == 1 and of_own_namespace(value, place)


def with_namespace(value: str, place: Place) -> bool:
    """``namespace/name``, whichever namespace: a name alone finds no object."""
    return value.count("/") == 1


_HEADER = re.compile(r"[a-zA-Z0-9\-_]+")
_CODE = re.compile("[0-9]{3}")
_DURATION = re.compile("[0-9]+(?:ms|s|m|h|d|w|M|y)")


def are_headers(value: str, place: Place) -> bool:
    """Names of headers separated by commas."""
    names = (part.strip(SPACE) for part in value.split(","))
    return all(_HEADER.fullmatch(name) for name in names if name)


def are_cache_durations(value: str, place: Place) -> bool:
    """Lists of ``[status …] time …`` separated by commas (ValidCacheDuration)."""
    parts = (part.strip(SPACE) for part in value.split(","))
    return all(_is_cache_duration(part.split(" ")) for part in parts if part)


def _is_cache_duration(words: list[str]) -> bool:
    timed = False
    for word in words:
        if _CODE.fullmatch(word):
            if timed:
                return False
        elif _DURATION.fullmatch(word):
            timed = True
    return timed


def are_numbers(value: str, place: Place) -> bool:
    """Whole numbers between commas, without a space: with one, the list is not read."""
    return all(is_number(part) for part in value.split(","))


def also(valid: Validator) -> Check:
    """A validator as a check, for what is asked twice."""

    def check(value: str, place: Place) -> bool:
        return valid(value)

    return check
