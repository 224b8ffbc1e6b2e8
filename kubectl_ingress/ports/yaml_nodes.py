"""YAML as a tree that knows where in the text each part stands, and plain data from it."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from kubectl_ingress.core.edits import Path
from kubectl_ingress.core.objects import Repeated
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.yaml_words import Scalar, resolve

# kubectl stops at 10,000 levels and 400,000 aliased values; no Kubernetes
# object comes near, and every recursion over objects must stay in bounds.
DEEPEST = 200
MOST_ALIASED = 400_000

_STANDARD_TAG = "tag:yaml.org,2002:"
_TYPE_OF_TAG: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}


class Node(Struct):
    """One scalar, mapping or sequence of a YAML document.

    `kind` is one of those three. `start` and `end` are offsets in characters
    of the whole text, `line` and `column` are 1-based. `children` are the
    items of a sequence, or key, value, key, value of a mapping. `weight` is
    the number of values it stands for, `borrowed` how many of them by alias.
    """

    kind: str
    source: str
    start: int
    end: int
    line: int
    column: int
    tag: str | None = None
    text: str = ""
    plain: bool = False
    flow: bool = False
    anchored: bool = False
    aliased: bool = False
    weight: int = 1
    borrowed: int = 0
    children: list[Node] = field(default_factory=list)

    @property
    def where(self) -> str:
        """``file:line:column``."""
        return f"{self.source}:{self.line}:{self.column}"

    def pairs(self) -> list[tuple[Node, Node]]:
        """The keys and values of a mapping; nothing for other kinds."""
        if self.kind != "mapping":
            return []
        return list(zip(self.children[::2], self.children[1::2], strict=True))

    def get(self, key: str) -> Node | None:
        """The value of a mapping's key; of several, the last, as kubectl takes it."""
        found = [value for name, value in self.pairs() if _key_text(name) == key]
        return found[-1] if found else None


def nearest(root: Node, path: Iterable[str | int]) -> Node:
    """The node at a path of keys and indexes, or the last one there is on the way."""
    node = root
    for step in path:
        if isinstance(step, int):
            inner = node.children[step : step + 1] if node.kind == "sequence" else []
            following = inner[0] if inner else None
        else:
            following = node.get(step)
        if following is None:
            break
        node = following
    return node


def nearest_key(root: Node, path: Iterable[str | int]) -> Node | None:
    """The key of the node that `nearest` gives, the item itself in a list, None for the root."""
    node, key = root, None
    for step in path:
        if isinstance(step, int):
            inner = node.children[step : step + 1] if node.kind == "sequence" else []
            pair = (inner[0], inner[0]) if inner else None
        else:
            pair = next((p for p in reversed(node.pairs()) if _key_text(p[0]) == step), None)
        if pair is None:
            break
        key, node = pair
    return key


def to_plain(node: Node) -> object:
    """Dicts, lists and scalars as kubectl would send them.

    Duplicate keys: the last one wins, and a merge (``<<``) acts where it
    stands, both as measured with kubectl. Raises InputError.
    """
    if node.kind == "scalar":
        return _scalar(node)
    if node.kind == "sequence":
        return [to_plain(child) for child in node.children]
    mapping: dict[str, object] = {}
    for key, value in node.pairs():
        if _is_merge(key):
            _merge(mapping, value)
        else:
            mapping[_key(key)] = to_plain(value)
    return mapping


def repeated_keys(node: Node, path: Path = ()) -> Iterator[Repeated]:
    """The keys that stand twice in one mapping, but those of aliases: they stand elsewhere."""
    if node.aliased:
        return
    if node.kind == "sequence":
        for index, child in enumerate(node.children):
            yield from repeated_keys(child, (*path, index))
    last: dict[str, tuple[int, Node]] = {}
    twice: dict[str, int] = {}
    for key, value in node.pairs():
        if _is_merge(key):
            continue
        name = _key(key)
        if name in last:
            twice[name] = last[name][0]
        last[name] = key.line, value
    for name, (_, value) in last.items():
        if name in twice:
            yield Repeated((*path, name), twice[name])
        yield from repeated_keys(value, (*path, name))


def has_merge(node: Node) -> bool:
    """Whether keys come into this mapping from elsewhere."""
    return any(_is_merge(key) for key, _ in node.pairs())


def _is_merge(key: Node) -> bool:
    return key.plain and key.text == "<<" and key.kind == "scalar"


def _merge(mapping: dict[str, object], value: Node) -> None:
    merged = value.children if value.kind == "sequence" else [value]
    if any(part.kind != "mapping" for part in merged):
        raise InputError(
            f"{value.where}: << merges mappings only", "write the keys out where they belong"
        )
    # Of several mappings in a list, the first has the last word.
    for part in reversed(merged):
        plain = to_plain(part)
        if isinstance(plain, dict):
            mapping.update(plain)


def _scalar(node: Node) -> Scalar:
    tag = node.tag or ""
    if node.plain and not tag:
        return _resolved(node)
    name = tag.removeprefix(_STANDARD_TAG)
    if name == tag or name in ("str", "timestamp"):
        return node.text
    if name == "binary":
        return _decoded(node)
    if name in _TYPE_OF_TAG:
        value = _resolved(node)
        if type(value) not in _TYPE_OF_TAG[name]:
            raise InputError(f"{node.where}: this is no !!{name}", "take the !! tag away")
        return value
    return node.text


def _resolved(node: Node) -> Scalar:
    try:
        return resolve(node.text)
    except ValueError as error:
        raise InputError(f"{node.where}: {error}", "put it in quotes if it is text") from None


def _decoded(node: Node) -> str:
    try:
        return base64.b64decode(node.text, validate=False).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise InputError(
            f"{node.where}: !!binary is not followed by base64", "encode it, or take the tag away"
        ) from None


def _key(node: Node) -> str:
    text = _key_text(node)
    if text is None:
        raise InputError(
            f"{node.where}: this cannot be a key",
            "put it in quotes; a Helm template must be rendered first: helm template CHART",
        )
    return text


def _key_text(node: Node) -> str | None:
    if node.kind != "scalar":
        return None
    if not node.plain and not node.tag:
        return node.text
    value = _scalar(node)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _short_float(value)
    return None if value is None else str(value)


def _short_float(value: float) -> str | None:
    """A fraction as a key: the shortest text of the same 32-bit float, as Go's 'g', -1, 32."""
    try:
        wanted = struct.pack("f", value)
    except OverflowError:
        return None
    texts = (f"{value:.{digits}g}" for digits in range(1, 10))
    return next((text for text in texts if struct.pack("f", float(text)) == wanted), None)
