"""Words that do not make a command line: what is wrong with them, and what was meant."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from kubectl_ingress import cli, registry
from kubectl_ingress.completion.grammar import read_grammar
from kubectl_ingress.connection import FLAGS
from kubectl_ingress.errors import UsageError

# From 0 to 1, as difflib counts it: --set is no typing error of --list (0.57).
_NEAR = 0.7
_SHORTEST = 3
# Of `kubectl options`, what has no use here: a login that no API server takes any more, the way
# kubectl's own log is written, and a few that nobody needs to reach a cluster.
_OF_KUBECTL_ALONE = (
    *("--as-user-extra", "--disable-compression", "--kuberc", "--log-flush-frequency"),
    *("--match-server-version", "--password", "--profile", "--profile-output", "--username"),
    *("--vmodule", "--warnings-as-errors"),
)
_UNKNOWN_COMMAND = re.compile(r"No such command (['\"])(?P<word>.*?)\1\.")
_EXTRA = re.compile(r"Got unexpected extra argument\(s\) \((?P<words>.*)\)", re.DOTALL)
_FILES = (".yaml", ".yml", ".json")
_MOST_FILES = 3


def is_nothing(error: typer.TyperException) -> bool:
    """Whether nothing was typed where a command is wanted; the error's text is the help then."""
    return type(error).__name__ == "NoArgsIsHelpError"


def told(error: typer.TyperException, argv: Sequence[str], program: str) -> UsageError:
    """The error of ours for one of typer's; `argv` are all words after `program`."""
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context: typer.Context | None = getattr(error, "ctx", None)
    if context is None:
        # A flag without its value is found before there is a context.
        if argv[-1:] == ["--dry-run"] and not _has_secret(argv):
            # kubectl's means the client when it has none.
            return UsageError(message, f"{program} {shlex.join([*argv[:-1], '--dry-run=client'])}")
        typed = [word for word in argv[:1] if word in registry.names("commands")]
        return UsageError(message, f"{' '.join([program, *typed])} --help")
    path = context.command_path
    is_root = context.parent is None
    if hasattr(error, "possibilities"):
        flag = error.option_name  # type: ignore[attr-defined]  # NoSuchOption
        early = _before_the_command(flag, argv, program) if is_root else None
        known = [name for param in context.command.params for name in param.opts]
        if flag in _OF_KUBECTL_ALONE:
            return UsageError(f"kubectl's {flag} is not taken here", "kubectl ingress options")
        return early or UsageError(_with_near(f"No such option: {flag}", flag, known), _help(path))
    unknown = _UNKNOWN_COMMAND.match(message)
    if unknown:
        return _unknown_command(unknown["word"], argv, context)
    extra = _EXTRA.match(message)
    if extra:
        return _extra(extra["words"], argv, context)
    return UsageError(message, _help(path))


def _help(path: str) -> str:
    return f"{path} --help"


def _with_near(sentence: str, word: str, known: Iterable[str]) -> str:
    near = _near(word, known)
    return f"{sentence}. Did you mean {' or '.join(near)}?" if near else sentence


def _near(word: str, known: Iterable[str]) -> list[str]:
    by_letters = {name.lstrip("-"): name for name in known}
    letters = word.lstrip("-")
    near = difflib.get_close_matches(letters, by_letters, cutoff=_NEAR)
    begun = [name for name in by_letters if len(letters) >= _SHORTEST and name.startswith(letters)]
    return [by_letters[name] for name in dict.fromkeys([*near, *begun])]


def _before_the_command(flag: str, argv: Sequence[str], program: str) -> UsageError | None:
    """``-n shop status``, which is ``status -n shop``; None where the flag is of no use there."""
    valued = {name for shared in FLAGS if shared.type is not bool for name in shared.names}
    commands = registry.names("commands")
    at = next(
        (
            place
            for place, word in enumerate(argv)
            if word in commands and not (place and argv[place - 1] in valued)
        ),
        None,
    )
    if at is None:
        return None
    name, before = argv[at], argv[:at]
    if read_grammar(cli.build(name)).commands[name].option(flag) is None:
        return None
    words = ["--help"] if _has_secret(before) else [*before, *argv[at + 1 :]]
    return UsageError(
        f"{flag} stands before the command; flags come after it",
        f"{program} {shlex.join([name, *words])}",
    )


def _has_secret(words: Sequence[str]) -> bool:
    """Whether a word is one that is not said again."""
    return any(word.startswith("--token") for word in words)


def _unknown_command(word: str, argv: Sequence[str], context: typer.Context) -> UsageError:
    path = context.command_path
    known: Mapping[str, object] = getattr(context.command, "commands", {})
    sentence = f"No such command '{word}'"
    if context.parent is None and word == "version":
        return UsageError(f"{sentence}.", f"{path} --version")
    if context.parent is None and word == "help":
        after = argv[argv.index(word) + 1 :]
        named = [one for one in after[:1] if one in known]
        return UsageError(f"{sentence}.", _help(" ".join([path, *named])))
    near = _with_near(sentence, word, known)
    return UsageError(near if near != sentence else f"{sentence}.", _help(path))


def _extra(text: str, argv: Sequence[str], context: typer.Context) -> UsageError:
    words = [text] if text in argv else text.split(" ")
    sentence = f"unexpected extra argument{'s' * (len(words) > 1)}: {', '.join(words)}"
    path = context.command_path
    if any("-f" in param.opts for param in context.command.params):
        sentence += "; files come after -f"
        if all(_may_be_file(word) for word in words):
            return UsageError(sentence, _with_files(words, context))
    return UsageError(sentence, _help(path))


def _may_be_file(word: str) -> bool:
    # That of a URL begins with a slash, too.
    return word.endswith(_FILES) or (not word.startswith("/") and Path(word).exists())


def _with_files(extra: Sequence[str], context: typer.Context) -> str:
    """The command with each file after a -f of its own, or their directory."""
    words: list[str] = []
    files: list[str] = []
    for param in context.command.params:
        value: Any = context.params.get(param.name or "")
        typed = value if isinstance(value, (list, tuple)) else [value] if value else []
        if param.param_type_name == "argument":
            words += typed
        elif "-f" in param.opts:
            files += typed
    files += extra
    after = ["DIRECTORY"] if len(files) > _MOST_FILES else files
    pairs = [word for file in after for word in ("-f", file)]
    return f"{context.command_path} {shlex.join([*words, *pairs])}"
