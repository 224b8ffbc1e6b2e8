"""What takes the place of one annotation on another controller, as data and as a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from msgspec import Struct

from kubectl_ingress.controllers._from_nginx import _yaml
from kubectl_ingress.controllers._go import parse_bool, parse_int
from kubectl_ingress.controllers._go import words as words_of
from kubectl_ingress.core.networks import parse_network
from kubectl_ingress.core.objects import Ingress, Snapshot

NGINX = "nginx.ingress.kubernetes.io/"
"""The prefix of ingress-nginx's annotations."""

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
        return f"a {self.kind} {self.name} ({self.api_version}) with {_yaml.flow(self.body)}"


class Instead(Struct, frozen=True):
    """What does the same, but for what `caveat` says.

    `annotations` are to be written on the Ingress, `made` is an object that has to be
    there, and `item` its name in the controller's list of such objects; `kind` and `config`
    are what objects in that list do then, whatever they are called. `also` are other
    annotations that may do it already. `only_with` are others that take the effect from
    them, each with the values that do not; without a value none of them does anything.
    `where` is what is to be written elsewhere.
    `secret_in` is the namespace of the Secret that it names: the same name in another
    one is another Secret.
    """

    annotations: tuple[tuple[str, str], ...] = ()
    made: Made | None = None
    item: str = ""
    kind: str = ""
    config: object = None
    also: tuple[str, ...] = ()
    only_with: tuple[tuple[str, tuple[str, ...]], ...] = ()
    where: str = ""
    caveat: str = ""
    secret_in: str = ""


class Done(Struct, frozen=True):
    """What an object of a namespace does; `config` is None where it is not all known."""

    kind: str
    config: object
    namespace: str


class Listed(Struct, frozen=True):
    """What the objects do that an Ingress names in the list.

    `unread` is whether one of them may do anything, as nobody has looked into it.
    """

    done: tuple[Done, ...] = ()
    unread: bool = False


NOTHING_LISTED = Listed()
Lists = Callable[[Ingress], Listed]
Maker = Callable[[str, Ingress], Instead | None]
"""What a value of one annotation is replaced by on an Ingress."""


class Target(Protocol):
    """What a file of this folder offers; `LIST` is the annotation that names objects, "" if none.

    `pattern` is what to write for a path that is a regular expression.
    """

    LIST: str

    def instead(self, name: str, value: str, ingress: Ingress) -> Instead | None:
        """For an annotation of ingress-nginx, by its name without prefix."""

    def listed(self, snapshot: Snapshot) -> Lists:
        """What tells of an Ingress what the objects in its list do."""

    def pattern(self, path: str, ingress: Ingress) -> str:
        """What to write for a path."""


def one(name: str, value: str, caveat: str = "") -> Instead:
    """One annotation."""
    return Instead(((name, value),), caveat=caveat)


def as_there(name: str, value: str, ingress: Ingress) -> tuple[str, str]:
    """An annotation; as it is there where that is the same boolean to Go."""
    there = ingress.meta.annotations.get(name, "")
    flag = parse_bool(there)
    is_same = flag is not None and value == ("true" if flag else "false")
    return name, there if is_same else value


def no_list(snapshot: Snapshot) -> Lists:
    """`Target.listed` of a controller without one."""
    return lambda _: NOTHING_LISTED


def value_of(ingress: Ingress, name: str) -> str:
    """The value of an annotation of ingress-nginx, "" where it is not there."""
    return ingress.meta.annotations.get(NGINX + name, "").strip()


def is_on(ingress: Ingress, name: str, default: bool = False) -> bool:
    """A flag of ingress-nginx as that reads it: what is no boolean counts as absent."""
    flag = parse_bool(ingress.meta.annotations.get(NGINX + name, ""))
    return default if flag is None else flag


def networks(value: str) -> list[str]:
    """The addresses and networks of a list."""
    return [item for item in words_of(value) if parse_network(item) is not None]


def allowed(ingress: Ingress) -> list[str]:
    """Those of the list of who is let in, by whichever of its two names."""
    new, old = (value_of(ingress, f"{word}list-source-range") for word in ("allow", "white"))
    return networks(new or old)


def secret_of(value: str, ingress: Ingress) -> tuple[str, str]:
    """Namespace and name of a Secret, written with its namespace or without."""
    namespace, _, name = value.rpartition("/")
    return namespace or ingress.meta.namespace, name


def secret_has_to(be: str, value: str, ingress: Ingress) -> str:
    """What has to hold of a Secret that can only be one of the namespace of the Ingress."""
    namespace, name = secret_of(value, ingress)
    own = ingress.meta.namespace
    if namespace != own:
        be = f"be in namespace {own}, as a copy of {value}" + (f", and to {be}" if be else "")
    return f"Secret {name} has to {be}" if be else ""


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
            return start if is_plain(start) else ""
    return ""


def is_plain(path: str) -> bool:
    """Whether a path, other than /, is the same as a pattern and as text."""
    return re.fullmatch(r"(/[\w~-]+)+", path) is not None


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


def sentence(
    found: Instead, listed: str, items: tuple[str, ...], without: tuple[str, ...] = ()
) -> str:
    """What to do; `items` are all that the list, the annotation `listed`, shall have then.

    `without` are annotations, as they are written, that take the effect from it.
    """
    parts = [f"make {found.made}"] if found.made else []
    parts += [found.where] if found.where else []
    parts += [f"{name}: {_yaml.text(value)}" for name, value in found.annotations]
    if found.item:
        parts.append(f"{listed}: {','.join(items)}")
    text = ", and ".join(parts)
    if without:
        text += f" without {' and '.join(without)}"
    return f"{text}; {found.caveat}" if found.caveat else text
