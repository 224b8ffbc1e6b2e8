"""Edits of objects, carried out in the texts that they stand in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct, field

from kubectl_ingress.convert.ingress import Change, convert_document
from kubectl_ingress.core.edits import (
    AddKey,
    Edit,
    Path,
    RenameKey,
    SetValue,
    in_words,
    shifted,
    value_at,
)
from kubectl_ingress.core.fixes import Done, Held, Wish
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.files import Document, documents
from kubectl_ingress.ports.manifests import parts_of
from kubectl_ingress.ports.rewrite import edit_documents
from kubectl_ingress.ports.sources import Source, checked
from kubectl_ingress.ports.yaml_edit import NotEditable, replacements
from kubectl_ingress.ports.yaml_nodes import nearest

_BY_HAND = "edit it by hand"


class Edited(Struct):
    """The new texts by name, and what became of the wishes; what is in neither comes later."""

    sources: dict[str, Source] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


def edit_texts(wishes: Iterable[Wish], read: Callable[[str], Source]) -> Edited:
    """The texts with all that can be done in them. Files that cannot be read stay."""
    by_source: dict[str, list[Wish]] = {}
    for one in wishes:
        by_source.setdefault(one.source, []).append(one)
    edited = Edited()
    for name, each in by_source.items():
        source = read(name)
        text = _edited(source, each, edited)
        if text != source.text:
            edited.sources[name] = Source(name, text)
    return edited


def _edited(source: Source, wishes: Iterable[Wish], edited: Edited) -> str:
    """The text of a file. Only the documents with something to mend in them are read."""
    parts = list(parts_of(source))
    by_part: dict[int, list[Wish]] = {}
    for wish in wishes:
        line = wish.found.finding.origin.line or 1
        number = bisect_right(parts, line, key=lambda part: part.line)
        by_part.setdefault(max(number - 1, 0), []).append(wish)
    texts = [part.text for part in parts]
    for number, each in by_part.items():
        try:
            part = checked(parts[number])
            texts[number] = _Editing(part, documents(part), edited).all(each)
        except InputError as error:
            edited.held += [Held(one, error.sentence) for one in each]
    return "".join(texts)


class _Claims:
    """What is to be edited in one document so far."""

    def __init__(self) -> None:
        self.edits: list[Edit] = []
        self.done: list[Done] = []
        self._edits: set[Edit] = set()
        self._paths: set[Path] = set()
        self._names: set[tuple[Path, str]] = set()
        self._spans: list[tuple[int, int]] = []

    def new_in(self, edits: Iterable[Edit]) -> list[Edit]:
        """Those that no other finding has asked for."""
        return [edit for edit in edits if edit not in self._edits]

    def make(self, mapping: Path, name: str) -> bool:
        """Whether a key of that name is made in a mapping already."""
        return (mapping, name) in self._names

    def meet(self, edits: Iterable[Edit], spans: Iterable[tuple[int, int]]) -> bool:
        """Whether edits touch what others do; an insertion at the edge of another part does not."""
        if any(edit.path in self._paths for edit in edits if not isinstance(edit, AddKey)):
            return True
        for start, end in spans:
            at = bisect_left(self._spans, (start, start))
            beside = self._spans[max(at - 1, 0) : at + 1]
            if any(start < other_end and other < end for other, other_end in beside):
                return True
        return False

    def add(self, done: Done, edits: Iterable[Edit], spans: Iterable[tuple[int, int]]) -> None:
        """They are to be done."""
        self.done.append(done)
        for edit in edits:
            self.edits.append(edit)
            self._edits.add(edit)
            if not isinstance(edit, AddKey):
                self._paths.add(edit.path)
            if (named := _made_by(edit)) is not None:
                self._names.add(named)
        for span in spans:
            insort(self._spans, span)


class _Editing:
    """One text: a document of a file, or several that cannot be told apart without reading."""

    def __init__(self, source: Source, found: Sequence[Document], edited: Edited) -> None:
        self.source = source
        self.documents = found
        self.edited = edited
        self.claims: dict[int, _Claims] = {}
        self.objects: dict[tuple[int, str, str], list[tuple[int, Path]]] = {}
        self.changes: dict[int, dict[Path, Change]] = {}
        for index, document in enumerate(found):
            for line, kind, name, path in _objects(document):
                self.objects.setdefault((line, kind, name), []).append((index, path))

    def all(self, wishes: Iterable[Wish]) -> str:
        """Tries each, and makes the new text of what is possible."""
        for wish in wishes:
            try:
                self._try(wish)
            except (InputError, NotEditable) as error:
                why = error.sentence if isinstance(error, InputError) else f"{error}: {_BY_HAND}"
                self.edited.held.append(Held(wish, why))
        return self._written()

    def _written(self) -> str:
        """What could only be written anew, without its comments, is left alone."""
        while self.claims:
            edits = {index: claims.edits for index, claims in self.claims.items()}
            try:
                result = edit_documents(self.source, self.documents, edits)
            except InputError as error:
                wrong, why = frozenset(edits), error.sentence
            else:
                wrong, why = result.anew, f"that would cost its comments: {_BY_HAND}"
            if not wrong:
                self.edited.done += [one for each in self.claims.values() for one in each.done]
                return result.text
            for index in wrong:
                held = self.claims.pop(index).done
                self.edited.held += [Held(one.wish, why) for one in held]
        return self.source.text

    def _try(self, wish: Wish) -> None:
        """Raises InputError and NotEditable."""
        index, path = self._place(wish)
        document = self.documents[index]
        done, edits = self._wanted(wish, index, path)
        claims = self.claims.get(index) or _Claims()
        new = claims.new_in(edits)
        for edit in new:
            _check(edit, document, claims)
        parts = [] if document.root is None else replacements(self.source.text, document.root, new)
        spans = [(start, end) for start, end, _ in parts]
        if not claims.meet(new, spans):
            claims.add(done, new, spans)
            self.claims[index] = claims

    def _place(self, wish: Wish) -> tuple[int, Path]:
        kind, _, key = wish.object.partition(" ")
        line = wish.found.finding.origin.line or 0
        found = self.objects.get((line, kind, key.rpartition("/")[2]), [])
        if len(found) != 1:
            several = "several objects of that name stand on one line"
            raise NotEditable(several if found else "the object is not found in the text")
        return found[0]

    def _wanted(self, wish: Wish, index: int, path: Path) -> tuple[Done, Sequence[Edit]]:
        data = self.documents[index].data
        if not wish.mend.converted:
            edits = [shifted(edit, path) for edit in wish.mend.edits]
            return Done(wish, ", ".join(in_words(edit, data) for edit in edits)), edits
        if index not in self.changes:
            changes = convert_document(data, self._where(self.documents[index]), classes=False)
            self.changes[index] = {one.path: one for one in changes if one.kind[-4:] != "List"}
        change = self.changes[index].get(path)
        if change is None or not change.edits:
            raise NotEditable("its version is that of the list it is in")
        return Done(wish, ", ".join(change.done), tuple(change.warnings)), change.edits

    def _where(self, document: Document) -> Callable[[Path], str]:
        def where(path: Path) -> str:
            if document.root is None:
                return f"{self.source.name}:{document.line}:1"
            return nearest(document.root, path).where

        return where


def _check(edit: Edit, document: Document, claims: _Claims) -> None:
    """Raises NotEditable where the edit would not do what it says."""
    made = _made_by(edit)
    if made is not None:
        mapping, name = made
        beside = value_at(document.data, mapping)
        if isinstance(beside, dict) and name in beside:
            raise NotEditable(f"{name} stands there already")
        if claims.make(mapping, name):
            raise NotEditable(f"two would become {name}")
    elif isinstance(edit, SetValue) and document.root is not None:
        old = value_at(document.data, edit.path)
        written = nearest(document.root, edit.path).text
        if isinstance(old, int | float) and not isinstance(old, bool) and written != edit.value:
            raise NotEditable(f"{written} is read as {edit.value}, and may be meant as text")


def _made_by(edit: Edit) -> tuple[Path, str] | None:
    """The mapping and the key that an edit makes in it."""
    if isinstance(edit, AddKey):
        return edit.path, edit.name
    return (edit.path[:-1], edit.name) if isinstance(edit, RenameKey) else None


def _objects(document: Document) -> Iterator[tuple[int, str, str, Path]]:
    """Line, kind, name and path of each object, those of Lists for themselves."""
    data = document.data
    yield from _inside(data, document.line, document.item_lines, (), "")


def _inside(
    data: object, line: int, item_lines: Sequence[int], path: Path, kind: str
) -> Iterator[tuple[int, str, str, Path]]:
    if not isinstance(data, dict):
        return
    kind = str(data.get("kind") or kind)
    items = data.get("items")
    if isinstance(items, list):
        of_items = kind.removesuffix("List")
        for number, item in enumerate(items):
            at = item_lines[number] if number < len(item_lines) else line
            yield from _inside(item, at, (), (*path, "items", number), of_items)
        return
    meta = data.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    yield line, kind, str(name or ""), path
