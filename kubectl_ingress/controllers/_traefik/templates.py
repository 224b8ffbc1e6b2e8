"""Go's regular expressions at work: finding, and replacing with templates.

core.re2 says which patterns Go takes. PCRE2 does the matching (core.patterns): on
what both take they find the same, but that Go takes linear time and never gives up.
"""

from __future__ import annotations

import re

from kubectl_ingress.core import patterns

# $1, $name, ${name}, $$: regexp.Expand.
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))", re.ASCII)


def replace_all(pattern: str, text: str, template: str) -> str:
    """regexp.ReplaceAllString, for a pattern that has no problem."""
    pieces: list[str] = []
    end, before = 0, -1
    try:
        matches = patterns.find_all(pattern, text)
    except patterns.GaveUp:
        return text
    for found in matches:
        # No empty match right behind another one.
        if not found.whole and found.start == before:
            continue
        pieces += (text[end : found.start], expand(template, found))
        end = before = found.start + len(found.whole)
    return "".join(pieces) + text[end:]


def expand(template: str, found: patterns.Found) -> str:
    """A template with the groups of a match: ``$1x`` is the group named 1x, ``${1}x`` is not."""

    def value(match: re.Match[str]) -> str:
        if match[1]:
            return "$"
        name = match[2] or match[3]
        if not name.isdecimal():
            return found.named.get(name, "")
        number = int(name)
        if number == 0:
            return found.whole
        return found.groups[number - 1] if number <= len(found.groups) else ""

    return _VARIABLE.sub(value, template)
