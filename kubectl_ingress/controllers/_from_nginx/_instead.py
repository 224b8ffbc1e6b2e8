"""What takes the place of one annotation on another controller, as data and as a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from msgspec import Struct

from kubectl_ingress.controllers._go import parse_int
from kubectl_ingress.controllers._go import words as words_of
from kubectl_ingress.core.networks import parse_network
from kubectl_ingress.core.objects import Ingress, Snapshot

NGINX = "nginx.ingress.kubernetes.io/"
"""The prefix of ingress-nginx's annotations."""

# What YAML takes for text without quotes; the second is a number to it, or a date.
_PLAIN = re.compile(r"[\w/.$^][\w./:$()|^?*+@\\-]*(?<!:)")
_NUMBER = re.compile(r"[\d.:_eExo+-]+")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_DIGITS = re.compile(r"\$(\d)")
# What begins a path and hands on all that is below it, without the beginning.
_BELOW = (("(/|$)(.*)", "/$2"), ("/(.*)", "/$1"))


class Made(Struct, frozen=True):
    """An object to be made in the namespace of the Ingress; `body` is all beside its metadata."""

    kind: str
    api_version: str
    name: str
    body: Mapping[str, object]

    def __str__(self) -> str:
        return f"a {self.kind} {self.name} ({self.api_version}) with {flow(self.body)}"


class Instead(Struct, frozen=True):
    """What does the same, or under a condition (`when`).

    `annotations` are to be written on the Ingress, `made` is an object that has to be
    there, and `item` its name in the controller's list of such objects; `kind` is what
    objects in that list do the same, whatever they are called. `also` are other
    annotations that may do it already. `where` is what is to be written elsewhere.
    """

    annotations: tuple[tuple[str, str], ...] = ()
    made: Made | None = None
    item: str = ""
    kind: str = ""
    also: tuple[str, ...] = ()
    where: str = ""
    when: str = ""


Kinds = Callable[[Ingress], frozenset[str]]


class Target(Protocol):
    """What a file of this folder offers; `LIST` is the annotation that names objects, "" if none.

    `kinds` are what the objects do that an Ingress names in it, "" among them where that
    was not read; `pattern` is what to write for a path that is a regular expression.
    """

    LIST: str

    def instead(self, name: str, value: str, ingress: Ingress) -> Instead | None:
        """For an annotation of ingress-nginx, by its name without prefix."""

    def kinds(self, snapshot: Snapshot) -> Kinds:
        """What tells of an Ingress what the objects in its list do."""

    def pattern(self, path: str, ingress: Ingress) -> str:
        """What to write for a path."""


def one(name: str, value: str, when: str = "") -> Instead:
    """One annotation."""
    return Instead(((name, value),), when=when)


def value_of(ingress: Ingress, name: str) -> str:
    """The value of an annotation of ingress-nginx, "" where it is not there."""
    return ingress.meta.annotations.get(NGINX + name, "").strip()


def networks(value: str) -> list[str]:
    """The addresses and networks of a list."""
    return [item for item in words_of(value) if parse_network(item) is not None]


def allowed(ingress: Ingress) -> list[str]:
    """Those of the list of who is let in, by whichever of its two names."""
    new, old = (value_of(ingress, f"{word}list-source-range") for word in ("allow", "white"))
    return networks(new or old)


def positive(value: str) -> int:
    """A number above 0, else 0."""
    return max(parse_int(value.strip()) or 0, 0)


def burst(ingress: Ingress, rate: int) -> int:
    """How many requests more than the rate may come at once."""
    return rate * (positive(value_of(ingress, "limit-burst-multiplier")) or 5)


def below(path: str, target: str) -> str:
    """The beginning of a pattern that only cuts that beginning off, "" of any other."""
    for end, rest in _BELOW:
        if path.endswith(end) and target == rest:
            start = path.removesuffix(end)
            return start if re.fullmatch(r"(/[\w~-]+)+", start) else ""
    return ""


def texts_of(ingress: Ingress) -> list[str]:
    """Its paths, each once; without any it is "/", as of a default backend."""
    paths = (path.path or "/" for rule in ingress.rules for path in rule.paths)
    return list(dict.fromkeys(paths)) or ["/"]


def kept(ingress: Ingress) -> list[str]:
    """The paths that rewrite-target leaves as they are: it does not replace one by itself."""
    target = value_of(ingress, "rewrite-target")
    return [text for text in texts_of(ingress) if target in ("", text)]


def all_below(ingress: Ingress) -> list[str]:
    """`below` of all its paths; [] where one of them is more than that.

    It decides for the whole Ingress, as the annotations that take a pattern's place count
    for all its paths.
    """
    target = value_of(ingress, "rewrite-target")
    found = [below(text, target) for text in texts_of(ingress)]
    return found if all(found) else []


def as_prefixes(starts: list[str]) -> str:
    """How paths are to be written of which `all_below` told the beginnings."""
    word = "path:" if len(starts) == 1 else "paths"
    return f"{word} {' and '.join(starts)} with pathType: Prefix"


def beside_prefixes(ingress: Ingress, starts: list[str], more: Iterable[str] = ()) -> str:
    """In what such paths are another thing than their patterns on ingress-nginx.

    `more` are requests that a Prefix takes beside those below it.
    """
    bare = starts if value_of(ingress, "rewrite-target") == "/$1" else []
    taken = " and ".join((*bare, *more))
    said = f"it takes {taken} too, and " if taken else ""
    return f"{said}upper and lower case differ there"


def with_backslashes(target: str) -> str:
    r"""$1 as HAProxy and others write it: \1."""
    return _DIGITS.sub(r"\\\1", target)


def sentence(found: Instead, listed: str, items: tuple[str, ...]) -> str:
    """What to do; `items` are all that the list, the annotation `listed`, shall have then."""
    parts = [f"make {found.made}"] if found.made else []
    parts += [found.where] if found.where else []
    parts += [f"{name}: {_scalar(value)}" for name, value in found.annotations]
    if found.item:
        parts.append(f"{listed}: {','.join(items)}")
    text = ", and ".join(parts)
    return f"{text}; {found.when}" if found.when else text


def flow(value: object) -> str:
    """YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w./-]*", value):
        return value
    return json.dumps(value)


def _scalar(value: str) -> str:
    """An annotation's value, in quotes where YAML would take it for anything but text."""
    bare = _PLAIN.fullmatch(value) and not _NUMBER.fullmatch(value)
    bare = bare and value.lower() not in _WORDS
    quoted = f"'{value}'" if '"' in value and "'" not in value else json.dumps(value)
    return value if bare else quoted
