"""A value of a route test with its place in the file, read strictly.

Whatever is not of the documented form is refused with its line: a test that is
half understood proves nothing.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable

from msgspec import Struct

from kubectl_ingress.errors import InputError

Path = tuple[str | int, ...]
Where = Callable[[Path], str]
"""``file:line:column`` of a field."""

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A method, or the name of a header: RFC 9110, section 5.6.2."""


class Part(Struct, frozen=True):
    """A value with its path in the document. Every reader of it raises InputError."""

    value: object
    path: Path
    where: Where

    @property
    def place(self) -> str:
        """``file:line:column``."""
        return self.where(self.path)

    @property
    def name(self) -> str:
        """``tests[0].request``."""
        shown = ""
        for step in self.path:
            shown += f"[{step}]" if isinstance(step, int) else f".{step}" if shown else step
        return shown or "the document"

    def error(
        self, problem: str, step: str = "the fields are in docs/route-tests.md"
    ) -> InputError:
        """What is wrong here, with the place."""
        return InputError(f"{self.place}: {problem}", step)

    def wrong(self, wanted: str) -> InputError:
        """That it is not what it should be."""
        return self.error(f"{self.name} is not {wanted}")

    def fields(self, known: tuple[str, ...] = (), *, nulls: bool = False) -> dict[str, Part]:
        """The fields of a mapping by name; () takes any name. Null is as if it were not there.

        With `nulls` it is a value like others.
        """
        if not isinstance(self.value, dict):
            raise self.wrong("a mapping")
        found = {}
        for name, value in self.value.items():
            part = Part(value, (*self.path, name), self.where)
            if known and name not in known:
                like = difflib.get_close_matches(str(name), known, 1)
                step = f"did you mean {like[0]}?" if like else f"known are: {', '.join(known)}"
                raise part.error(f"{self.name} has no field {name!r}", step)
            if nulls or value is not None:
                found[name] = part
        return found

    def items(self) -> list[Part]:
        """The values of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return [
            Part(value, (*self.path, index), self.where) for index, value in enumerate(self.value)
        ]

    def one_or_more(self) -> list[Part]:
        """The values of a list that is not empty, or the one value that stands in its place."""
        found = self.items() if isinstance(self.value, list) else [self]
        if not found:
            raise self.error(f"{self.name} is an empty list", "leave the field out, or name one")
        return found

    def text(self) -> str:
        """A text; a number is none."""
        if not isinstance(self.value, str):
            what = "text" if isinstance(self.value, (dict, list)) else "text (put it in quotes)"
            raise self.wrong(what)
        return self.value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def number(self) -> float:
        """A number that is finite."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.wrong("a number")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.wrong("a finite number")
        return value

    def whole(self, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(f"a whole number from {least} to {most}")
        return value

    def percent(self) -> float:
        """A share, 0 to 100."""
        value = self.number()
        if not 0 <= value <= 100:
            raise self.wrong("a share in per cent, 0 to 100")
        return float(value)
