"""Prints objects as -o asks for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TextIO

from kubectl_ingress.core.kinds import qualified_name
from kubectl_ingress.core.text import printable
from kubectl_ingress.options import Output


def print_objects(stream: TextIO, output: Output, objects: Sequence[Mapping[str, object]]) -> None:
    """All of them: YAML documents, a JSON List, or a name on each line."""
    if output is Output.YAML:
        from kubectl_ingress.ports.files import dump_yaml

        stream.write(dump_yaml(objects))
    elif output is Output.JSON:
        items = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        print(json.dumps(items, indent=2), file=stream)
    else:
        print("\n".join(map(qualified_name, objects)), file=stream)


def print_applied(
    stream: TextIO, output: Output | None, objects: Sequence[Mapping[str, object]], remark: str
) -> None:
    """As -o asks; without it a line for each where there is a `remark`, as kubectl does."""
    if output is not None:
        print_objects(stream, output, objects)
    elif remark:
        for each in objects:
            print(f"{printable(qualified_name(each))} serverside-applied {remark}", file=stream)
