"""What may stand in the objects, checked before anything is written.

The API server's own rules (apimachinery validation, IsDNS1123Label and so on),
so that a typing error is told here, by the flag that holds it.
"""

from __future__ import annotations

import re

from kubectl_ingress.core.hosts import host_problem
from kubectl_ingress.errors import UsageError

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
_LABEL_KEY = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?")
_IMAGE = re.compile(
    r"[a-z0-9][-\w.:]*(/[a-z0-9][-\w.]*)*(:\w[-\w.]{0,127})?(@\w+:[0-9a-fA-F]{32,})?"
)
# ingress-nginx, annotations/parser/validators.go: BasicCharsRegex, and with $ for captures.
_NGINX_BASIC = re.compile(r"[-A-Za-z0-9._~/:]*")
_NGINX_TARGET = re.compile(r"[-A-Za-z0-9._~/:$]*")
# ingress-nginx 1.12+ with strict-validate-path-type, for Prefix and Exact.
_NGINX_PATH = re.compile(r"/[A-Za-z0-9._/-]*")

PATH_TYPES = ("Prefix", "Exact", "ImplementationSpecific")


def label_name(text: str, what: str) -> str:
    """A DNS label: 63 of a-z, 0-9 and inner dashes."""
    if len(text) > 63 or not _LABEL.fullmatch(text):
        raise UsageError(
            f"{what} {text!r} is no valid name",
            "1 to 63 lower-case letters, digits and dashes, with a letter or digit at both ends",
        )
    return text


def service_name(text: str, what: str) -> str:
    """The name of a Service: a DNS label that starts with a letter."""
    if len(text) > 63 or not _SERVICE.fullmatch(text):
        raise UsageError(
            f"{what} {text!r} is no valid name for a Service",
            "1 to 63 lower-case letters, digits and dashes; a letter first, no dash last",
        )
    return text


def object_name(text: str, what: str) -> str:
    """A DNS subdomain: labels joined by dots, 253 characters."""
    if len(text) > 253 or not all(_LABEL.fullmatch(part) for part in text.split(".")):
        raise UsageError(
            f"{what} {text!r} is no valid name",
            "lower-case letters, digits, dashes and dots, with a letter or digit at both ends",
        )
    return text


def host(text: str, what: str) -> str:
    """A host in lower case; "" is every host."""
    lowered = text.lower()
    if lowered and (problem := host_problem(lowered)):
        raise UsageError(f"{what} {text!r} cannot be the host of a rule", problem)
    return lowered


def path(text: str, path_type: str, what: str) -> str:
    """A path that the API server takes for this pathType."""
    if path_type not in PATH_TYPES:
        raise UsageError(f"{path_type!r} is no path type", f"one of: {', '.join(PATH_TYPES)}")
    if not text.startswith("/"):
        raise UsageError(f"{what} {text!r} is not absolute", "a path starts with /")
    if not text.isprintable():
        raise UsageError(f"{what} {text!r} holds a control character", "leave it out")
    if path_type == "ImplementationSpecific":
        return text
    for part in ("//", "/./", "/../", "%2f", "%2F"):
        if part in text:
            raise UsageError(
                f"{what} {text!r} holds {part}",
                f"the API server refuses that in a {path_type} path",
            )
    if text.endswith(("/.", "/..")):
        raise UsageError(
            f"{what} {text!r} ends in a dot segment",
            f"the API server refuses that in a {path_type} path",
        )
    return text


def strict_path_problem(text: str, path_type: str) -> str:
    """Why the webhook of ingress-nginx would refuse this path, "" if it would not."""
    if path_type == "ImplementationSpecific" or _NGINX_PATH.fullmatch(text):
        return ""
    return (
        f"ingress-nginx refuses the {path_type} path {text}: it takes only letters, digits and"
        " . _ - / there; --path-type ImplementationSpecific takes a regex"
    )


def port(number: int, what: str) -> int:
    """A port number."""
    if not 0 < number < 65536:
        raise UsageError(f"{what} {number} is no port", "a port is 1 to 65535")
    return number


def port_reference(text: str, what: str) -> int | str:
    """A port of a Service by its number or its name."""
    if text.isascii() and text.isdigit():
        return port(int(text[:9]), what)
    if not _PORT_NAME.fullmatch(text):
        raise UsageError(
            f"{what} {text!r} is neither a port nor the name of one",
            "a name has at most 15 lower-case letters, digits and inner dashes",
        )
    return text


def replicas(number: int) -> int:
    """A number of pods."""
    if not 0 <= number < 2**31:
        raise UsageError(f"--replicas {number} is not possible", "0 or more")
    return number


def image(text: str, what: str) -> str:
    """An image reference: registry/name:tag or with a digest."""
    if not _IMAGE.fullmatch(text):
        raise UsageError(
            f"{what} {text!r} is no image", "such as registry.example.com/team/web:1.2"
        )
    return text


def labels(text: str) -> dict[str, str]:
    """``key=value,key=value``, as kubectl run takes it."""
    found: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if not equals or not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
            raise UsageError(f"--labels {part!r} is no label", "as in app=web,tier=front")
        found[key] = value
    return found


def rewrite_target(text: str) -> str:
    """What ingress-nginx takes; it silently ignores anything else."""
    if not _NGINX_TARGET.fullmatch(text):
        raise UsageError(
            f"--rewrite-target {text!r} would be ignored by ingress-nginx",
            "it takes letters, digits and - . _ ~ / : $, as in /$1",
        )
    return text


def canary_word(text: str, what: str) -> str:
    """The name of a header or cookie, or a header's value, as ingress-nginx takes it."""
    if not text or not _NGINX_BASIC.fullmatch(text):
        raise UsageError(
            f"{what} {text!r} would be ignored by ingress-nginx",
            "it takes letters, digits and - . _ ~ / :",
        )
    return text


def header_name(text: str, what: str) -> str:
    """The name of a request header that nginx lets through."""
    if not re.fullmatch(r"[A-Za-z0-9-]+", text):
        raise UsageError(
            f"{what} {text!r} is no header that nginx lets through",
            "letters, digits and dashes; nginx drops headers with an underscore",
        )
    return text
