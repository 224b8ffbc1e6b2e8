"""Suggested commands with the flags that were typed, without which they ask something else."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

from kubectl_ingress.core.private import shown_cookies, shown_header

TEST = "kubectl ingress test"
TRACE = "kubectl ingress trace"

Flags = Sequence[Sequence[str]]
"""Each with its value, if it has one."""

_WHOM = {"--class", "--controller"}
_FOR_THE_PATH = {"-X", "-d"}


def with_flags(commands: str, target: str, flags: Mapping[str, Flags]) -> str:
    """Commands, one a line, with the flags for their beginning that they do not have already.

    `target` is what was asked. A Host is for the commands that ask it again, and for
    no URL that is advised in its place; method and body are for its path.
    """
    return "\n".join(_line(one, target, flags) for one in commands.splitlines())


def _line(command: str, target: str, flags: Mapping[str, Flags]) -> str:
    for start, wanted in flags.items():
        if command.startswith(f"{start} "):
            words = shlex.split(command)
            left_out = {*words[3:]}
            if left_out & _WHOM:
                left_out |= _WHOM
            if _path(words[3]) != _path(target):
                left_out |= _FOR_THE_PATH
            # What tests the target again does so in another way: a bare one is advice.
            again = target in words and (start == TRACE or len(words) > 4)
            more = [
                flag for flag in wanted if flag[0] not in left_out and (again or not _is_host(flag))
            ]
            return " ".join([command, *(shlex.join(flag) for flag in more)])
    return command


def _path(target: str) -> str:
    # A host in a cluster's objects may be none that urllib bears.
    path = re.sub("^https?://[^/?#]*", "", target)
    return re.split("[?#]", path)[0] or "/"


def header_flags(headers: Iterable[str]) -> list[list[str]]:
    """-H as typed, without what may be secret."""
    found = []
    for header in headers:
        name, _, value = header.partition(":")
        shown = shown_header(name.strip(), value.strip())
        found.append(["-H", header if shown == value.strip() else f"{name}: {shown}"])
    return found


def cookie_flags(cookies: Iterable[str]) -> list[list[str]]:
    """-b as typed, without what may be secret."""
    return [["-b", shown_cookies(cookie)] for cookie in cookies]


def without_host(flags: Iterable[list[str]]) -> list[list[str]]:
    """Flags for commands that all have a URL of their own."""
    return [flag for flag in flags if not _is_host(flag)]


def _is_host(flag: Sequence[str]) -> bool:
    return flag[0] == "-H" and flag[1].partition(":")[0].strip().lower() == "host"
