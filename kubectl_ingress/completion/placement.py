"""Where the completer goes on PATH, and how: a link to the program, else a launcher."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path

from msgspec import Struct

from kubectl_ingress.errors import InputError, NotOurs

MARK = "# Made by: kubectl ingress completion install"
# Those that systems put on PATH by themselves, some only once they are there.
_USUAL = (".local/bin", "bin")
# The name of the program is what makes it the completer. -P: nothing of the
# directory in which somebody presses Tab is imported.
_CODE = (
    "import sys; sys.path.insert(0, {library!r}); sys.argv[0] = {name!r}; "
    "from kubectl_ingress.__main__ import run; run()"
)
_SHELL = '#!/bin/sh\n{mark}\nexec {python} -P -c {code} "$@"\n'
_BATCH = '@rem {mark}\n@"{python}" -P -c "{code}" %*\n'


class Outcome(StrEnum):
    """What was done, as it is told."""

    LINKED = "linked"
    WRITTEN = "written"
    THERE = "already there"


class Installation(Struct, frozen=True):
    """The program that is to be completed, and what runs it.

    `program` is the file that was called, a link not followed: krew changes
    where its link leads with every upgrade.
    """

    program: Path
    python: str
    library: Path
    windows: bool = os.name == "nt"

    @property
    def completer(self) -> str:
        """The name that kubectl looks for: a program of another name has its own."""
        return f"kubectl_complete-{self._plugin}"

    @property
    def command(self) -> str:
        """What people type; kubectl reads an underscore in a file's name as a dash."""
        return f"kubectl {self._plugin.replace('_', '-')}"

    @property
    def _plugin(self) -> str:
        name = self.program.stem if self.windows else self.program.name
        return name.removeprefix("kubectl-")


def find_program(argv0: str, variables: Mapping[str, str]) -> Path:
    """The file that was called. Raises InputError where that is no kubectl plugin."""
    called = Path(argv0)
    if not called.name.startswith("kubectl-"):
        found = shutil.which("kubectl-ingress", path=variables.get("PATH"))
    else:
        found = str(called) if called.is_file() else shutil.which(argv0, path=variables.get("PATH"))
    if found is None:
        raise InputError(
            "kubectl-ingress is not on PATH, so there is nothing to complete",
            "put it there, then: kubectl ingress completion install",
        )
    return Path(found).absolute()


def choose_directory(installation: Installation, variables: Mapping[str, str]) -> Path:
    """Next to the program, else the first directory of PATH under the home directory.

    Only directories on PATH that may be written to; at last one that people
    usually have for their programs, which `place` makes. Raises InputError
    where there is none.
    """
    listed = directories(variables)
    beside = installation.program.parent
    home = _home(variables)
    candidates = [one for one in listed if one == beside]
    if home is not None:
        candidates += [one for one in listed if one.is_relative_to(home)]
    for fits in (is_writable, partial(can_be_made, variables=variables)):
        for candidate in candidates:
            if fits(candidate):
                return candidate
    target = beside / installation.completer
    raise InputError(
        f"{beside} cannot be written to, and no directory on PATH under your home directory can",
        f"sudo ln -s {shlex.quote(str(installation.program))} {shlex.quote(str(target))}\n"
        "or name another directory of PATH: kubectl ingress completion install --dir DIR",
    )


def directories(variables: Mapping[str, str]) -> list[Path]:
    """Those on PATH, in its order."""
    return [Path(part) for part in variables.get("PATH", "").split(os.pathsep) if part]


def is_writable(directory: Path) -> bool:
    """Whether files can be made there."""
    return directory.is_dir() and os.access(directory, os.W_OK | os.X_OK)


def can_be_made(directory: Path, variables: Mapping[str, str]) -> bool:
    """Whether it is absent, and one of the two under the home directory that are for programs.

    Any other may be a slip of the pen.
    """
    home = _home(variables)
    if home is None or directory not in [home / each for each in _USUAL] or directory.exists():
        return False
    there = next(each for each in directory.parents if each.exists() or each == home)
    return is_writable(there)


def _home(variables: Mapping[str, str]) -> Path | None:
    named = variables.get("HOME") or variables.get("USERPROFILE")
    return Path(named) if named else None


def place(
    installation: Installation, directory: Path, *, dry_run: bool = False
) -> tuple[Outcome, Path]:
    """Put the completer into `directory`: a link, or a launcher where links cannot be made.

    A directory that is not there is made: see `can_be_made`. Raises NotOurs where
    a file stands there that this program did not make, InputError where nothing
    can be written.
    """
    link = directory / (installation.completer + (".exe" if installation.windows else ""))
    launcher = directory / (installation.completer + (".cmd" if installation.windows else ""))
    for existing in dict.fromkeys((link, launcher)):
        if _is_launcher(existing):
            # It may lead to a Python that has gone since.
            return Outcome.WRITTEN, _write(existing, installation, "w", dry_run=dry_run)
        if existing.is_symlink() or existing.exists():
            if not _is_completer(existing, installation):
                raise NotOurs(
                    f"{existing} exists, and this program did not make it",
                    "move it away, or choose another directory of PATH: --dir DIR",
                )
            return Outcome.THERE, existing
    if dry_run:
        return Outcome.LINKED, link
    _make(directory)
    try:
        link.symlink_to(installation.program)
    except (OSError, NotImplementedError):
        # Not every file system has links, and Windows asks for a privilege.
        return Outcome.WRITTEN, _write(launcher, installation, "x")
    return Outcome.LINKED, link


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(directory, error) from error


def _is_launcher(path: Path) -> bool:
    return not path.is_symlink() and path.is_file() and MARK.encode() in _content(path)


def _is_completer(path: Path, installation: Installation) -> bool:
    """A link to the program, or what pip makes for the completer of this package."""
    if path.is_symlink():
        return path.resolve() == installation.program.resolve()
    return path.is_file() and b"kubectl_ingress.__main__" in _content(path)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _write(path: Path, installation: Installation, mode: str, *, dry_run: bool = False) -> Path:
    """Write the launcher; mode "x" where whatever appears there meanwhile is not ours."""
    code = _CODE.format(library=str(installation.library), name=installation.completer)
    if installation.windows:
        text = _BATCH.format(mark=MARK, python=installation.python, code=code)
    else:
        python = shlex.quote(installation.python)
        text = _SHELL.format(mark=MARK, python=python, code=shlex.quote(code))
    if dry_run:
        return path
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
        path.chmod(0o755)
    except OSError as error:
        raise _cannot_write(path, error) from error
    return path


def _cannot_write(path: Path, error: OSError) -> InputError:
    return InputError(
        f"cannot write {path}: {error.strerror}",
        "choose another directory of PATH: kubectl ingress completion install --dir DIR",
    )
