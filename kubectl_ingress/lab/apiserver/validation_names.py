"""What names, labels and keys may look like; each function gives the reasons why not.

Kubernetes' own: staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go and
pkg/api/validate/content.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_WILDCARD = rf"\*\.{_SUBDOMAIN}"
_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_KEY})?"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_HTTP_PATH = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
_PERCENT = "[0-9]+%"
_ENDS = "and must start and end with an alphanumeric character"
_KEY_RULE = f"must consist of alphanumeric characters, '-', '_' or '.', {_ENDS}"
_LONGEST_LABEL, _LONGEST_SUBDOMAIN, _LONGEST_PORT_NAME = 63, 253, 15
_PORTS = (1, 65535)


def dns_label(name: str) -> Iterator[str]:
    """A DNS label (RFC 1123) in lower case."""
    yield from _length(name, _LONGEST_LABEL)
    if not re.fullmatch(_LABEL, name):
        if re.fullmatch(_SUBDOMAIN, name):
            yield "must not contain dots"
        else:
            rule = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters"
            yield _pattern(f"{rule} or '-', {_ENDS}", _LABEL, "my-name", "123-abc")


def dns_1035_label(name: str) -> Iterator[str]:
    """A DNS label (RFC 1035) in lower case: it begins with a letter."""
    yield from _length(name, _LONGEST_LABEL)
    if not re.fullmatch(_LABEL_1035, name):
        rule = (
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start "
            "with an alphabetic character, and end with an alphanumeric character"
        )
        yield _pattern(rule, _LABEL_1035, "my-name", "abc-123")


def dns_subdomain(name: str) -> Iterator[str]:
    """A DNS name (RFC 1123) in lower case."""
    yield from _subdomain(name, "characters")


def wildcard_subdomain(name: str) -> Iterator[str]:
    """A DNS name with ``*.`` in front."""
    yield from _length(name, _LONGEST_SUBDOMAIN)
    if not re.fullmatch(_WILDCARD, name):
        rule = (
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS "
            "subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and "
            "end with an alphanumeric character"
        )
        yield _pattern(rule, _WILDCARD, "*.example.com")


def path_segment(name: str) -> Iterator[str]:
    """A name that can stand in a URL's path."""
    if name in (".", ".."):
        yield f"may not be '{name}'"
        return
    yield from (f"may not contain '{each}'" for each in "/%" if each in name)


def label_key(key: str) -> Iterator[str]:
    """A qualified name: ``app`` or ``example.com/app``."""
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        told = _pattern(f"a valid label key {_KEY_RULE}", _KEY, "MyName", "my.name", "123-abc")
        optional = "with an optional DNS subdomain prefix and '/'"
        yield f"{told} {optional} (e.g. 'example.com/MyName')"
        return
    if slash and not prefix:
        yield "prefix part must be non-empty"
    elif slash:
        yield from (f"prefix part {why}" for why in _subdomain(prefix, "bytes"))
    if not name:
        yield "name part must be non-empty"
    yield from (f"name part {why}" for why in _length(name, _LONGEST_LABEL, "bytes"))
    if not re.fullmatch(_KEY, name):
        yield f"name part {_pattern(_KEY_RULE, _KEY, 'MyName', 'my.name', '123-abc')}"


def label_value(value: str) -> Iterator[str]:
    """A label's value."""
    yield from _length(value, _LONGEST_LABEL, "bytes")
    if not re.fullmatch(_VALUE, value):
        rule = "a valid label must be an empty string or consist of alphanumeric characters"
        rule += f", '-', '_' or '.', {_ENDS}"
        yield _pattern(rule, _VALUE, "MyValue", "my_value", "12345")


def port_name(name: str) -> Iterator[str]:
    """The name of a container's port."""
    yield from _length(name, _LONGEST_PORT_NAME)
    if not re.fullmatch("[-a-z0-9]+", name):
        yield "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    if not re.search("[a-z]", name):
        yield "must contain at least one letter (a-z)"
    if "--" in name:
        yield "must not contain consecutive hyphens"
    if name[:1] == "-" or name[-1:] == "-":
        yield "must not begin or end with a hyphen"


def port_number(number: int) -> Iterator[str]:
    """A TCP or UDP port."""
    if not _PORTS[0] <= number <= _PORTS[1]:
        yield between(*_PORTS)


def port(value: int | str) -> Iterator[str]:
    """A number, or the name of a container's port."""
    yield from port_number(value) if isinstance(value, int) else port_name(value)


def config_key(key: str) -> Iterator[str]:
    """A key of a ConfigMap or Secret, which may become a file."""
    yield from _length(key, _LONGEST_SUBDOMAIN)
    if not re.fullmatch(_CONFIG_KEY, key):
        rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        yield _pattern(rule, _CONFIG_KEY, "key.name", "KEY_NAME", "key-name")
    if key in (".", ".."):
        yield f"must not be '{key}'"
    elif key.startswith(".."):
        yield "must not start with '..'"


def variable_name(name: str) -> Iterator[str]:
    """The name of an environment variable."""
    if not re.fullmatch("[ -<>-~]*", name):
        rule = "a valid environment variable name must consist only of printable ASCII characters"
        yield f"{rule} other than '='"


def http_path(path: str) -> Iterator[str]:
    """The part after the slash of an IngressClass' controller."""
    if not re.fullmatch(_HTTP_PATH, path):
        yield f"Invalid path (regex used for validation is '{_HTTP_PATH}')"


def percent(text: str) -> Iterator[str]:
    """``25%``."""
    if not re.fullmatch(_PERCENT, text):
        rule = "a valid percent string must be a numeric string followed by an ending '%'"
        yield _pattern(rule, _PERCENT, "1%", "93%")


def ip_address(text: str) -> Iterator[str]:
    """An IP address of either family."""
    if not is_ip(text):
        yield "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def is_ip(text: str) -> bool:
    """Whether it is an IP address of either family."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def between(low: int, high: int) -> str:
    """The reason against a number that is out of range."""
    return f"must be between {low} and {high}, inclusive"


def _subdomain(name: str, unit: str) -> Iterator[str]:
    yield from _length(name, _LONGEST_SUBDOMAIN, unit)
    if not re.fullmatch(_SUBDOMAIN, name):
        rule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters"
        yield _pattern(f"{rule}, '-' or '.', {_ENDS}", _SUBDOMAIN, "example.com")


def _length(text: str, limit: int, unit: str = "characters") -> Iterator[str]:
    # Bytes are counted, whatever the server calls them.
    if len(text.encode()) > limit:
        yield f"must be no more than {limit} {unit}"


def _pattern(rule: str, pattern: str, *examples: str) -> str:
    listed = " or ".join(f"'{each}', " for each in examples)
    return f"{rule} (e.g. {listed}regex used for validation is '{pattern}')"
