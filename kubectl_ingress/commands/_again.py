"""Suggested commands with the flags that were typed, without which they ask something else."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

TEST = "kubectl ingress test"
TRACE = "kubectl ingress trace"
# What a suggestion printed would tell whoever reads the log.
_PRIVATE = ("authorization", "proxy-authorization", "cookie")

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
            try:
                words = shlex.split(command)
            except ValueError:
                # A piece of one whose text holds the end of a line.
                return command
            same = target in words
            more = [
                flag for flag in wanted if flag[0] not in words[3:] and (same or not _is_host(flag))
            ]
            return " ".join([command, *(shlex.join(flag) for flag in more)])
    return command


def header_flags(headers: Iterable[str]) -> list[list[str]]:
    """-H as typed; of what is nobody's business the name alone."""
    found = []
    for header in headers:
        name = header.partition(":")[0]
        private = name.strip().lower() in _PRIVATE
        found.append(["-H", f"{name}: VALUE" if private else header])
    return found


def cookie_flags(cookies: Iterable[str]) -> list[list[str]]:
    """-b as typed, without the values."""
    found = []
    for cookie in cookies:
        names = [pair.partition("=")[0].strip() for pair in cookie.split(";")]
        found.append(["-b", "; ".join(f"{name}=VALUE" for name in names)])
    return found


def _is_host(flag: Sequence[str]) -> bool:
    return flag[0] == "-H" and flag[1].partition(":")[0].strip().lower() == "host"
