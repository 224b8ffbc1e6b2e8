"""Suggested commands with the flags that were typed, without which they ask something else."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from kubectl_ingress.core.private import shown_cookies, shown_header

TEST = "kubectl ingress test"
TRACE = "kubectl ingress trace"

Flags = Sequence[Sequence[str]]
"""Each with its value, if it has one."""


def with_flags(commands: str, target: str, flags: Mapping[str, Flags]) -> str:
    """Commands, one a line, with the flags for their beginning that they do not have already.

    A Host is for what was asked, `target`, and for no other URL.
    """
    return "\n".join(_line(one, target, flags) for one in commands.splitlines())


def _line(command: str, target: str, flags: Mapping[str, Flags]) -> str:
    for start, wanted in flags.items():
        if command.startswith(f"{start} "):
            words = shlex.split(command)
            same = target in words
            more = [
                flag for flag in wanted if flag[0] not in words[3:] and (same or not _is_host(flag))
            ]
            return " ".join([command, *(shlex.join(flag) for flag in more)])
    return command


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


def _is_host(flag: Sequence[str]) -> bool:
    return flag[0] == "-H" and flag[1].partition(":")[0].strip().lower() == "host"
