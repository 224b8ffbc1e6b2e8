"""Write the numbers that fields have in protobuf, for all that schema.json describes.

    python hack/lab_protobuf.py > kubectl_ingress/lab/apiserver/field_numbers.json

Reads the .proto files of the Go modules that the test bed is built from, so Go is
needed. Keeps the numbers only: types are the schema's, and where the two do not
agree that is an error, as is anything else that this program does not understand.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hack.lab_schema import BED, SCALARS, NotUnderstood
from kubectl_ingress.lab.apiserver.schema import facts

Json = dict[str, Any]

MODULES = ("k8s.io/api", "k8s.io/apimachinery")
API, META = "k8s.io.api.", "k8s.io.apimachinery.pkg.apis."
PLAIN = {"bool": "boolean"} | {name: name for name in ("string", "bytes", "int32", "int64")}
MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"(?:(optional|repeated) ([\w.]+)|map<string, ([\w.]+)>) (\w+) = (\d+);")


def main() -> None:
    """Print field_numbers.json."""
    sys.stdout.write(generate(reader(module_folders()), facts()["definitions"]))


def module_folders() -> dict[str, Path]:
    """Where Go keeps the modules; only those that have been downloaded."""
    command = ["go", "list", "-m", "-f", "{{.Path}} {{.Dir}}", *MODULES]
    told = subprocess.run(command, cwd=BED, check=True, capture_output=True, text=True).stdout
    found = (line.split() for line in told.splitlines())
    return {words[0]: Path(words[1]) for words in found if len(words) > 1}


def reader(folders: dict[str, Path]) -> Callable[[str], str]:
    """Package -> the text of its .proto file."""

    def read(package: str) -> str:
        for module, folder in folders.items():
            prefix = module.replace("/", ".") + "."
            if package.startswith(prefix):
                path = folder.joinpath(*package.removeprefix(prefix).split("."))
                return (path / "generated.proto").read_text()
        raise NotUnderstood(package)

    return read


def generate(read: Callable[[str], str], definitions: Json) -> str:
    """The text of field_numbers.json: a line for each definition, so that changes can be read.

    A definition has its fields' names by their numbers, and in the place of a
    name the numbers of an embedded struct, whose fields are the object's own in JSON.
    """
    source = _Source(read)
    lines = []
    for name in sorted(definitions):
        numbers = source.numbers(_full(name), definitions[name]["fields"])
        lines.append(f"{json.dumps(name)}:{json.dumps(numbers, separators=(',', ':'))}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _full(definition: str) -> str:
    """``core.v1.PodSpec`` -> ``k8s.io.api.core.v1.PodSpec``."""
    return (META if definition.startswith("meta.") else API) + definition


@dataclass(frozen=True)
class Field:
    """A field of a message; the type in the schema's words, or another message's full name."""

    name: str
    number: int
    type: str


class _Source:
    """The messages of all packages."""

    def __init__(self, read: Callable[[str], str]) -> None:
        self._messages = cache(lambda package: dict(MESSAGE.findall(read(package))))

    def numbers(self, message: str, wanted: Json) -> Json:
        """The numbers of the wanted fields, of which none may be missing."""
        found = dict(self._numbers(message, wanted))
        needed = {name for name, field in wanted.items() if not _is_type_meta(field)}
        if missing := needed - set(_names(found)):
            raise NotUnderstood(f"{message} has no {sorted(missing)}")
        return found

    def _numbers(self, message: str, wanted: Json) -> Iterator[tuple[str, Any]]:
        # Both come from Go's names, and differ where those begin with an abbreviation.
        spelled = {name.lower(): name for name in wanted}
        for field in self._fields(message):
            name = spelled.get(field.name.lower())
            if name is None:
                # Not a field in JSON: what is in it has to be.
                yield str(field.number), dict(self._numbers(field.type, wanted))
                continue
            known = wanted[name]
            expression = known if isinstance(known, str) else known["type"]
            if field.type != _full_expression(expression):
                raise NotUnderstood(f"{message}.{name}: {field.type}, not {expression}")
            yield str(field.number), name

    def _fields(self, message: str) -> Iterator[Field]:
        package, _, name = message.rpartition(".")
        body = self._messages(package).get(name)
        if body is None:
            raise NotUnderstood(message)
        for line in filter(None, map(str.strip, body.splitlines())):
            if line.startswith("//"):
                continue
            found = FIELD.fullmatch(line)
            if found is None:
                raise NotUnderstood(f"{message}: {line}")
            label, plain, mapped, field, number = found.groups()
            if mapped:
                expression = "{}" + self._mapped(_type(mapped, package))
            else:
                expression = ("[]" if label == "repeated" else "") + _type(plain, package)
            yield Field(field, int(number), expression)

    def _mapped(self, expression: str) -> str:
        """A map's values: those that are lists are messages with one field, their items."""
        fields = list(self._fields(expression)) if "." in expression else []
        wrapped = [(field.name, field.number) for field in fields] == [("items", 1)]
        return fields[0].type if wrapped else expression


def _type(written: str, package: str) -> str:
    """A type in the schema's words where it is a scalar there, else the message's full name."""
    if written in PLAIN:
        return PLAIN[written]
    full = written.removeprefix(".") if "." in written else f"{package}.{written}"
    return SCALARS.get("io.k8s." + full.removeprefix("k8s.io."), full)


def _full_expression(expression: str) -> str:
    """``[]core.v1.Container`` -> ``[]k8s.io.api.core.v1.Container``; scalars as they are."""
    bare = expression.lstrip("[]{}")
    return expression.removesuffix(bare) + (_full(bare) if "." in bare else bare)


def _is_type_meta(field: Json | str) -> bool:
    """Whether it is not in the message but in what goes around it."""
    return isinstance(field, dict) and field.get("embedded") == "TypeMeta"


def _names(numbers: Json) -> Iterator[str]:
    for name in numbers.values():
        yield from [name] if isinstance(name, str) else _names(name)


if __name__ == "__main__":
    main()
