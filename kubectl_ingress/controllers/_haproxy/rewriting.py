"""rewrite-target: ``http-request replace-path`` (buildBackendRewriteURL, haproxy's exp_replace)."""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_ingress.controllers._haproxy.quoting import quoted
from kubectl_ingress.core import patterns
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Request

_REFERENCE = re.compile(r"\\(?:([0-9])|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
# What haproxy's log formats begin with a percent sign: %%, %[expression], %{flags}name, %name.
_BAD_FORMAT = re.compile(r"%(?![\[{A-Za-z])")
_FORMAT = re.compile(r"%(?!%)")


class ReplacePath(Struct, frozen=True):
    """The path becomes `target` where `pattern` is found in it, backslashes being references."""

    pattern: str
    replacement: str
    value: str

    @classmethod
    def by(cls, value: str, path: str, regex: bool) -> ReplacePath:
        """What the controller makes of rewrite-target for a declared path."""
        text, target = as_bytes(path), as_bytes(value)
        if regex:
            return cls(f"^{text}", target, value)
        pattern = f"^{quoted(text)}"
        if target == "/" and not text.endswith("/"):
            pattern += "/?"
        if text.endswith("/") and not target.endswith("/"):
            target += "/"
        return cls(f"{pattern}(.*)$", f"{target}\\1", value)

    @property
    def problem(self) -> str:
        """Why haproxy would not load it, "" if it would."""
        bad = _BAD_FORMAT.search(self.replacement.replace("%%", ""))
        if bad is not None:
            return f"% in {self.value!r} begins no expression of haproxy; a plain one is %%"
        return patterns.check_pattern(self.pattern)

    @property
    def computed(self) -> bool:
        """Whether haproxy computes a part of it, which is not done here."""
        return bool(_FORMAT.search(self.replacement.replace("%%", "")))

    def target(self, request: Request, path: str) -> str | None:
        """The new path with the query; None where it stays. Raises GaveUp."""
        found = patterns.search(self.pattern, path)
        if found is None:
            return None
        groups = (found.whole, *found.groups)

        def value(match: re.Match[str]) -> str:
            if match[1] is not None:
                return groups[int(match[1])] if int(match[1]) < len(groups) else ""
            return chr(int(match[2], 16)) if match[2] else match[3]

        replacement = self.replacement.replace("%%", "%")
        return _REFERENCE.sub(value, replacement) + request.query_text

    def __str__(self) -> str:
        return f"rewrite-target {self.value}"
