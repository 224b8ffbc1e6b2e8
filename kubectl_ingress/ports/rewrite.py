"""A file with some of its documents edited, checked by reading it again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from kubectl_ingress.core.edits import Edit, edited
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.files import Document, Source, documents
from kubectl_ingress.ports.yaml_dump import dump_yaml
from kubectl_ingress.ports.yaml_edit import (
    NotEditable,
    Replacement,
    apart,
    content_end,
    replace_all,
    replacements,
)

UNREADABLE = -1
"""In place of a document's index: the documents cannot even be told apart."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class Rewritten(Struct, frozen=True):
    """The new text, and which documents (by index) had to be written anew, comments lost."""

    text: str
    anew: frozenset[int] = field(default_factory=frozenset)


def edit_documents(
    source: Source, found: Sequence[Document], edits: Mapping[int, Sequence[Edit]]
) -> Rewritten:
    """The text of a file after edits, given by the index of the document.

    Documents without edits keep every byte. The result is read again and must
    hold what the edits say; where an edit cannot be done in the text, because
    of aliases and the like, that document is written anew.
    """
    wanted = [edited(doc.data, edits.get(index, ())) for index, doc in enumerate(found)]
    anew: set[int] = set()
    while True:
        parts: list[Replacement] = []
        for index, changes in sorted(edits.items()):
            if changes:
                parts += _parts(source, found[index], changes, anew, index)
        text = replace_all(source.text, parts)
        wrong = _wrong(Source(source.name, text), wanted)
        if not wrong:
            return Rewritten(text, frozenset(anew))
        again = (set(edits) if UNREADABLE in wrong else wrong & edits.keys()) - anew
        if not again:
            raise InputError(
                f"{source.name} cannot be edited as it is written",
                "split its documents into files of their own and try each",
            )
        anew |= again


def _wrong(source: Source, wanted: Sequence[object]) -> set[int]:
    """The documents that do not hold what they should."""
    try:
        got = [document.data for document in documents(source)]
    except InputError:
        return {UNREADABLE}
    if len(got) != len(wanted):
        return {UNREADABLE}
    return {index for index, data in enumerate(got) if data != wanted[index]}


def _parts(
    source: Source, document: Document, changes: Sequence[Edit], anew: set[int], index: int
) -> list[Replacement]:
    if document.root is None:
        return [_json(source.text, document, changes)]
    if index not in anew:
        try:
            parts = apart(replacements(source.text, document.root, changes))
        except NotEditable:
            anew.add(index)
        else:
            return parts
    data = edited(document.data, changes)
    begin = source.text.rfind("\n", 0, document.start) + 1
    shares_line = bool(source.text[begin : document.start].strip(" "))
    start = document.start if shares_line else begin
    new = dump_yaml([data] if isinstance(data, dict) else []).rstrip("\n")
    return [(start, content_end(document.root), f"\n{new}" if shares_line else new)]


def _json(text: str, document: Document, changes: Sequence[Edit]) -> Replacement:
    """JSON has no comments to keep: written again with the indentation it had."""
    old = text[document.start : document.end]
    indented = re.match(r"\{\r?\n([ \t]+)", old)
    new = json.dumps(
        edited(json.loads(old), changes),
        indent=indented[1] if indented else None,
        separators=None if indented or ": " in old else (",", ":"),
        ensure_ascii=False,
    )
    new = _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", new)
    if "\r\n" in old:
        new = new.replace("\n", "\r\n")
    return document.start, document.end, new
