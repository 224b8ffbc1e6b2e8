"""JSONPath as RFC 9535 has it, read by a library that is only imported where a test has one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from jsonpath import JSONPath, JSONPathEnvironment

_LONGEST = 1000


class JsonPath(Struct, frozen=True):
    """See core.expectations.Query."""

    path: JSONPath
    singular: bool

    def values(self, document: object) -> list[object]:
        """What it leads to, in the document's order. Raises ValueError where that has no end."""
        from jsonpath import JSONPathError

        try:
            return self.path.findall(document)  # type: ignore[arg-type]
        except (JSONPathError, RecursionError, ArithmeticError) as error:
            raise ValueError(_said(error)) from error


def read_json_path(text: str) -> JsonPath:
    """Raises ValueError with what is wrong."""
    from jsonpath import JSONPath, JSONPathError

    if not text.startswith("$"):
        raise ValueError("it does not begin with $")
    if len(text) > _LONGEST:
        raise ValueError(f"it has more than {_LONGEST} characters")
    try:
        path = _strict().compile(text)
    except (JSONPathError, RecursionError, ArithmeticError, ValueError) as error:
        raise ValueError(_said(error)) from error
    if not isinstance(path, JSONPath):
        raise ValueError("several paths in one")
    return JsonPath(path, path.singular_query())


@cache
def _strict() -> JSONPathEnvironment:
    from jsonpath import JSONPathEnvironment

    return JSONPathEnvironment(strict=True)


def _said(error: Exception) -> str:
    # Not str(error): that draws a picture of several lines, and fails for an empty path.
    return str(error.args[0]) if error.args and error.args[0] else "it cannot be read"
