"""Objects as YAML: block style, keys in the order given, as kubectl prints it.

Written out by hand and not by a library: a comment has its place, a text that
any reader of YAML 1.1 or 1.2 could take for something else is quoted, and the
bytes are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kubectl_ingress.ports.yaml_words import quoted, scalar_text

Path = tuple[str | int, ...]
Comments = Mapping[Path, str]

_WIDEST = 100
# Longer keys need YAML's explicit form: a simple key ends within 1,024 characters.
_LONGEST_KEY = 1000


def dump_yaml(
    objects: Iterable[Mapping[str, object]], comments: Iterable[Comments] | None = None
) -> str:
    r"""The objects as documents parted by ``---``.

    `comments` gives for each object the text beside or above the value at a
    path, e.g. ``{("spec", "replicas"): "how many pods"}``; ``()`` is above the
    whole object. One on a scalar stands at its end where there is room.
    Raises TypeError or ValueError for what JSON could not hold either.
    """
    beside = iter(comments or ())
    parts = []
    for item in objects:
        remarks = next(beside, {})
        head = [f"# {line}".rstrip() for line in remarks.get((), "").splitlines()]
        body = _mapping(item, "", (), remarks) if item else ["{}"]
        parts.append("\n".join([*head, *body]) + "\n")
    return "---\n".join(parts)


def _mapping(
    mapping: Mapping[str, object], indent: str, path: Path, comments: Comments
) -> Iterator[str]:
    for key, value in mapping.items():
        here = (*path, key)
        comment = comments.get(here, "")
        name = scalar_text(str(key))
        if len(name) > _LONGEST_KEY:
            yield f"{indent}? {name}"
            name = ""
        yield from _entry(f"{indent}{name}:", value, indent, here, comments, comment)


def _entry(
    head: str, value: object, indent: str, path: Path, comments: Comments, comment: str
) -> Iterator[str]:
    """``key:`` with its value beside it or below it."""
    remark = [f"{indent}# {line}".rstrip() for line in comment.splitlines()]
    if isinstance(value, Mapping) and value:
        yield from [*remark, head]
        yield from _mapping(value, f"{indent}  ", path, comments)
    elif isinstance(value, (list, tuple)) and value:
        yield from [*remark, head]
        yield from _sequence(value, indent, path, comments)
    else:
        first, *rest = _leaf(value, f"{indent}  ")
        line = f"{head} {first}"
        if len(remark) == 1 and not rest and len(line) + len(comment) + 4 <= _WIDEST:
            line += f"  # {comment}"
        else:
            yield from remark
        yield from [line, *rest]


def _sequence(
    items: list[object] | tuple[object, ...], indent: str, path: Path, comments: Comments
) -> Iterator[str]:
    for index, item in enumerate(items):
        here = (*path, index)
        comment = comments.get(here, "")
        lines = list(_item(item, f"{indent}  ", here, comments))
        first = f"{indent}- {lines[0].lstrip(' ')}"
        remark = [f"{indent}# {line}".rstrip() for line in comment.splitlines()]
        is_word = not isinstance(item, (Mapping, list, tuple)) and len(lines) == 1
        if is_word and len(remark) == 1 and len(first) + len(comment) + 4 <= _WIDEST:
            first, remark = f"{first}  # {comment}", []
        yield from [*remark, first, *lines[1:]]


def _item(item: object, indent: str, path: Path, comments: Comments) -> Iterator[str]:
    if isinstance(item, Mapping) and item:
        yield from _mapping(item, indent, path, comments)
    elif isinstance(item, (list, tuple)) and item:
        yield from _sequence(item, indent, path, comments)
    else:
        yield from _leaf(item, indent)


def _leaf(value: object, indent: str) -> list[str]:
    """A value that is not a filled mapping or list: one line, or a literal block."""
    if isinstance(value, Mapping):
        return ["{}"]
    if isinstance(value, (list, tuple)):
        return ["[]"]
    if isinstance(value, str) and "\n" in value:
        return _literal(value, indent) or [quoted(value)]
    return [scalar_text(value)]


def _literal(text: str, indent: str) -> list[str]:
    """A literal block (``|``), or nothing where only quotes keep the text as it is."""
    body = text.rstrip("\n")
    lines = body.split("\n")
    readable = all(character.isprintable() for line in lines for character in line)
    # A first line with a space would set the block's indentation; a tab there confuses people.
    if not body or not readable or not lines[0] or lines[0][0] == " ":
        return []
    ends = len(text) - len(body)
    chomping = "-" if ends == 0 else "" if ends == 1 else "+"
    block = [f"|{chomping}", *(f"{indent}{line}" if line else "" for line in lines)]
    return block + [""] * (ends - 1)
