"""``kubectl ingress convert``: Ingresses of the beta API into networking.k8s.io/v1."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, InputError, UsageError
from kubectl_ingress.options import Verbose

if TYPE_CHECKING:
    from kubectl_ingress.convert.ingress import Change, Where
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
    was changed is told on stderr.

    \b
    Examples:
      kubectl ingress convert -f ingress.yaml > ingress-v1.yaml
      kubectl ingress convert -f manifests/ | kubectl apply -f -
      helm template CHART | kubectl ingress convert -f -
    """
    from kubectl_ingress.ports.files import read_sources
    from kubectl_ingress.render.verbatim import write_verbatim

    environment: Environment = context.obj
    environment.verbosity = verbose
    if not filename:
        raise UsageError("convert needs a file: -f", "kubectl ingress convert -f ingress.yaml")
    files = [
        _File(source) for source in read_sources(filename, environment.stdin, recursive=recursive)
    ]
    if not any(file.documents for file in files):
        raise InputError(
            f"{', '.join(file.source.name for file in files)}: no objects in there",
            "check the file; an empty one converts to nothing",
        )
    texts = [file.rewritten() for file in files]
    write_verbatim(environment.stdout, _joined(files, texts, output))
    _report(environment.stderr, files)
    return ExitStatus.OK


class _File:
    """One input file with what changes in it. Reading it raises InputError."""

    def __init__(self, source: Source) -> None:
        from kubectl_ingress.convert.ingress import convert_document
        from kubectl_ingress.ports.files import documents

        self.source = source
        self.documents = documents(source)
        self.anew: frozenset[int] = frozenset()
        self.changes: list[list[Change]] = [
            convert_document(document.data, _places(source, document))
            for document in self.documents
        ]

    @property
    def is_json(self) -> bool:
        return all(document.root is None for document in self.documents)

    def rewritten(self) -> str:
        """The text with the changes in it."""
        from kubectl_ingress.ports.rewrite import edit_documents

        edits = {
            index: [edit for change in changes for edit in change.edits]
            for index, changes in enumerate(self.changes)
        }
        result = edit_documents(self.source, self.documents, edits)
        self.anew = result.anew
        return result.text


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


def _joined(files: Sequence[_File], texts: Sequence[str], output: Output | None) -> str:
    """The texts one after another, or all objects in the format asked for."""
    from kubectl_ingress.ports.files import Source, documents, dump_yaml

    if output is Output.JSON:
        return _as_json(
            [
                document.data
                for file, text in zip(files, texts, strict=True)
                for document in documents(Source(file.source.name, text))
            ]
        )
    parts: list[str] = []
    all_json = all(file.is_json for file in files) and output is None
    for file, text in zip(files, texts, strict=True):
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


def _report(stream: TextIO, files: Sequence[_File]) -> None:
    """One line for each object that was changed, and each warning."""
    converted = 0
    classes: set[str] = set()
    for file in files:
        for index, (document, changes) in enumerate(zip(file.documents, file.changes, strict=True)):
            where = _places(file.source, document)
            for change in changes:
                if change.done:
                    converted += 1
                    what = f"{change.kind} {change.name}: {', '.join(change.done)}"
                    print(f"√ {printable(where(change.path))}: {printable(what)}", file=stream)
                for warning in change.warnings:
                    print(f"! {printable(warning)}", file=stream)
                if change.class_name:
                    classes.add(change.class_name)
            if index in file.anew:
                lost = "written anew, its comments are lost: aliases or repeated keys stood there"
                print(f"! {printable(where(()))}: {lost}", file=stream)
    if not converted:
        print("nothing to convert: no Ingress or IngressClass of a beta API", file=stream)
    for name in sorted(classes):
        print(
            f"Check  kubectl get ingressclass {name}    (the field needs such an object;"
            " the annotation did not)",
            file=stream,
        )
