"""``kubectl ingress convert``: Ingresses of the beta API into networking.k8s.io/v1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, InputError, UsageError
from kubectl_ingress.options import Verbose

if TYPE_CHECKING:
    from kubectl_ingress.convert.ingress import Change, Where
    from kubectl_ingress.core.objects import Repeated
    from kubectl_ingress.ports.files import Document, Source


class Output(StrEnum):
    """As kubectl's -o."""

    YAML = "yaml"
    JSON = "json"


def run(
    context: typer.Context,
    filename: Annotated[
        list[str] | None,
        typer.Option("-f", "--filename", metavar="FILE", help="File, directory, or - for stdin."),
    ] = None,
    recursive: Annotated[
        bool, typer.Option("-R", "--recursive", help="Go into directories below.")
    ] = False,
    output: Annotated[
        Output | None, typer.Option("-o", "--output", help="Default: as the input is written.")
    ] = None,
    verbose: Verbose = 0,
) -> ExitStatus:
    """Convert v1beta1 Ingresses to v1.

    Kubernetes 1.22 removed the beta API. The result goes to stdout, all other
    objects with it as they are; YAML keeps its comments, quotes and order. What
    was changed is told on stderr. A file that cannot be converted is left out as
    a whole, and the exit status is 2.

    \b
    Examples:
      kubectl ingress convert -f ingress.yaml > ingress-v1.yaml
      kubectl ingress convert -f manifests/ | kubectl apply -f -
      helm template CHART | kubectl ingress convert -f -
    """
    from kubectl_ingress.render.verbatim import write_verbatim

    environment: Environment = context.obj
    environment.verbosity = verbose
    if not filename:
        raise UsageError("convert needs a file: -f", "kubectl ingress convert -f ingress.yaml")
    reading = _read(filename, environment.stdin, recursive)
    files = reading.files
    if not any(file.documents for file in files):
        raise reading.nothing(filename)
    write_verbatim(environment.stdout, _joined(files, output))
    _report(environment.stderr, reading)
    return ExitStatus.COULD_NOT_RUN if reading.errors else ExitStatus.OK


class _Reading:
    """The files that can be converted, why others cannot, and those that hold no object."""

    def __init__(self) -> None:
        self.files: list[_File] = []
        self.errors: list[tuple[InputError, str]] = []
        self.passed_over: list[str] = []

    def nothing(self, paths: Sequence[str]) -> InputError:
        """Why there is nothing to print."""
        from kubectl_ingress.ports.manifests import RENDER

        if self.errors:
            return self.errors[0][0]
        names = ", ".join("stdin" if path == "-" else path for path in paths)
        step = RENDER if self.passed_over else "check the file; an empty one converts to nothing"
        return InputError(f"{names}: no objects in there", step)


def _read(paths: Sequence[str], stdin: TextIO, recursive: bool) -> _Reading:
    """All files behind -f, each converted as a whole or not at all. Raises UsageError."""
    from kubectl_ingress.ports.files import is_no_object
    from kubectl_ingress.ports.manifests import names_behind
    from kubectl_ingress.ports.sources import checked, read_source, typed_paths

    reading = _Reading()
    for path in typed_paths(paths):
        for name in names_behind(path, recursive, reading.errors):
            try:
                file = _File(checked(read_source(name, stdin)))
                strange = [one for one in file.documents if is_no_object(one.data)]
                if strange and name != path and len(strange) == len(file.documents):
                    reading.passed_over.append(name)
                    continue
                file.convert()
            except InputError as error:
                reading.errors.append((error, name))
            else:
                reading.files.append(file)
    return reading


class _File:
    """One input file with what changes in it. Reading and converting it raise InputError."""

    def __init__(self, source: Source) -> None:
        from kubectl_ingress.ports.files import documents

        self.source = source
        self.documents = documents(source)
        self.anew: frozenset[int] = frozenset()
        self.changes: list[list[Change]] = []
        self.text = ""

    def convert(self) -> None:
        """Finds the changes, and makes the text with them in it."""
        from kubectl_ingress.convert.ingress import convert_document
        from kubectl_ingress.ports.rewrite import edit_documents

        self.changes = [
            convert_document(document.data, _places(self.source, document))
            for document in self.documents
        ]
        edits = {
            index: [edit for change in changes for edit in change.edits]
            for index, changes in enumerate(self.changes)
        }
        result = edit_documents(self.source, self.documents, edits)
        self.anew, self.text = result.anew, result.text

    @property
    def is_json(self) -> bool:
        return all(document.root is None for document in self.documents)


def _places(source: Source, document: Document) -> Where:
    """Where in the file a path of the document stands, as file:line:column."""
    from kubectl_ingress.ports.files import compose
    from kubectl_ingress.ports.yaml_nodes import nearest

    def where(path: tuple[str | int, ...]) -> str:
        root = document.root
        if root is None:
            # JSON is nearly YAML, and the YAML reader knows places.
            try:
                roots = compose(source)
            except InputError:
                roots = []
            root = next((node for node in roots if node.start == document.start), None)
        if root is None:
            return f"{source.name}:{document.line}:1"
        return nearest(root, path).where

    return where


def _joined(files: Sequence[_File], output: Output | None) -> str:
    """The texts one after another, or all objects in the format asked for."""
    from kubectl_ingress.ports.files import Source, documents, dump_yaml

    if output is Output.JSON:
        return _as_json(
            [
                document.data
                for file in files
                for document in documents(Source(file.source.name, file.text))
            ]
        )
    parts: list[str] = []
    all_json = all(file.is_json for file in files) and output is None
    for file in files:
        text = file.text
        if file.is_json and not all_json:
            # What has YAML in it is YAML: JSON has escapes that YAML does not know.
            read = documents(Source(file.source.name, text))
            text = dump_yaml([d.data for d in read if isinstance(d.data, dict)])
        if parts and not parts[-1].endswith("\n"):
            parts.append("\n")
        if parts and not all_json and not text.startswith("---"):
            parts.append("---\n")
        parts.append(text)
    return "".join(parts)


def _as_json(objects: Sequence[object]) -> str:
    import json

    from kubectl_ingress.core.edits import edited

    whole = (
        objects[0]
        if len(objects) == 1
        else {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    )
    return json.dumps(edited(whole, ()), indent=4, ensure_ascii=False) + "\n"


def _report(stream: TextIO, reading: _Reading) -> None:
    """One line for each object that was changed, each warning, and each file that is left out.

    On a terminal that is narrower they are folded.
    """
    from kubectl_ingress.core.commands import command
    from kubectl_ingress.render.page import Page

    page = Page.of(stream, colour=False)

    def tell(mark: str, text: str) -> None:
        print(page.event("", text, mark), file=stream)

    converted = 0
    classes: set[str] = set()
    for file in reading.files:
        for index, (document, changes) in enumerate(zip(file.documents, file.changes, strict=True)):
            where = _places(file.source, document)
            for change in changes:
                if change.done:
                    converted += 1
                    what = f"{change.kind} {change.name}: {', '.join(change.done)}"
                    tell("√", f"{where(change.path)}: {what}")
                for warning in change.warnings:
                    tell("!", warning)
                if change.class_name:
                    classes.add(change.class_name)
            if index in file.anew:
                lost = "written anew, its comments are lost: aliases or repeated keys stood there"
                tell("!", f"{where(())}: {lost}")
            for twice in _repeated(document):
                what = f"{twice.path[-1]} stands twice, and line {twice.line} does not count"
                tell("!", f"{where(twice.path)}: {what}")
    for name in reading.passed_over:
        tell("·", f"{name}: no Kubernetes object, left out")
    for error, _ in reading.errors:
        tell("×", error.sentence)
        print(f"  left out{printable(f'; {error.next_step}' * bool(error.next_step))}", file=stream)
    if not converted:
        print("nothing to convert: no Ingress or IngressClass of a beta API", file=stream)
    for name in sorted(classes):
        why = "(the field needs such an object; the annotation did not)"
        check = command("get", "ingressclass", name)
        print(page.event("Check  ", f"{check}    {why}"), file=stream)


def _repeated(document: Document) -> Iterator[Repeated]:
    from kubectl_ingress.ports.yaml_nodes import repeated_keys

    return repeated_keys(document.root) if document.root is not None else iter(())
