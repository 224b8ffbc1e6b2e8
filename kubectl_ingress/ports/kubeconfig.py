"""The kubeconfig files, merged as kubectl merges them.

Which files: ``--kubeconfig`` alone, else the list in $KUBECONFIG, else
``~/.kube/config``. Of several files the first one that has a named entry, or a
current-context, wins; entries are never mixed
(https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files).
What the merged entries mean together with the flags is `access`.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from msgspec import Struct, field

from kubectl_ingress.errors import KubeconfigError

if TYPE_CHECKING:
    _FastLoader = yaml.SafeLoader
else:
    # The C loader is ten times as fast; libyaml is missing on some platforms.
    _FastLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MAX_DEPTH = 100
_CORRECT = "correct that file, or name another with --kubeconfig"

# The fields of kubectl's own types (k8s.io/client-go/tools/clientcmd/api/v1).
# It refuses a file as a whole when one of them has the wrong type, used or not.
_TEXTS = {
    "clusters": ("server", "tls-server-name", "certificate-authority", "proxy-url"),
    "users": (
        *("client-certificate", "client-key", "token", "tokenFile"),
        *("as", "as-uid", "username", "password"),
    ),
    "contexts": ("cluster", "user", "namespace"),
    "exec": ("command", "apiVersion", "installHint", "interactiveMode"),
}
_FLAGS = ("insecure-skip-tls-verify", "disable-compression", "provideClusterInfo")
_LISTS = ("as-groups", "args")
_DATA = ("certificate-authority", "client-certificate", "client-key")


_QUOTED = re.compile("'[^']{2,}'")


class _Loader(_FastLoader):
    """Reads dates as text, as kubectl does: a context may be called 2026-01-01."""


_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_Loader.yaml_implicit_resolvers = {
    first: [entry for entry in resolvers if entry[0] != _TIMESTAMP]
    for first, resolvers in _FastLoader.yaml_implicit_resolvers.items()
}


def load_yaml(text: str, source: str, next_step: str = _CORRECT) -> object:
    """The one document in `text`, as plain data; None where there is none.

    `source` is named in the KubeconfigError for what cannot be parsed.
    """
    try:
        _check_depth(text)
        # The loader is a SafeLoader: it makes plain data only.
        return yaml.load(text, Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        where = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
        said = getattr(error, "problem", None) or str(error) or type(error).__name__
        # What it quotes may be a password that begins with ! or *; nor may a traceback
        # show the line, as that of a YAML error does.
        reason = _QUOTED.sub("'…'", str(said).splitlines()[0])
        raise KubeconfigError(f"{where}: not valid YAML: {reason}", next_step) from None


def _check_depth(text: str) -> None:
    """Events come one by one, but the C loader recurses, and dies of a deep file."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                raise ValueError("nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def read_bytes(path: str, what: str) -> bytes:
    """The content of a file. `what` says which one in the KubeconfigError."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        check = "check the path, and who may read it"
        raise KubeconfigError(f"{what}: cannot read {path}: {reason}", check) from error


class Fields:
    """One mapping of a kubeconfig, read with checks.

    A value of the wrong type is a KubeconfigError that names the file and the
    field. A field that is absent or null has the empty value of its type.
    """

    def __init__(self, data: object, file: str, where: str, next_step: str = _CORRECT) -> None:
        self.file = file
        self.where = where
        self.next_step = next_step
        if data is not None and not isinstance(data, dict):
            raise self.error("is not a mapping")
        self.data: Mapping[object, object] = data or {}

    def error(self, problem: str) -> KubeconfigError:
        """An error about this mapping; `problem` continues the sentence."""
        place = ": ".join(part for part in (self.file, self.where) if part)
        return KubeconfigError(f"{place} {problem}", self.next_step)

    def text(self, name: str) -> str:
        """A string."""
        value = self.data.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.error(f"has a {name} that is not a string (quote numbers and booleans)")
        return value

    def flag(self, name: str) -> bool:
        """A boolean."""
        value = self.data.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self.error(f"has a {name} that is neither true nor false")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            raise self.error(f"has a {name} that is not a list of strings")
        return tuple(value for value in values if isinstance(value, str))

    def child(self, name: str) -> Fields:
        """A mapping."""
        return self._inner(self.data.get(name), f"{self.where} {name}".strip())

    def children(self, name: str) -> list[Fields]:
        """A list of mappings."""
        where = f"{self.where} {name}".strip()
        return [self._inner(v, f"{where}[{i}]") for i, v in enumerate(self._list(name))]

    def path(self, name: str) -> str:
        """A path, relative to the file it stands in."""
        path = self.text(name)
        return str(Path(self.file).absolute().parent / path) if path and self.file else path

    def pem(self, name: str) -> bytes:
        """The content of the file in field `name`, or the base64 in ``name-data``."""
        path, encoded = self.path(name), self.text(f"{name}-data")
        if path and encoded:
            # kubectl refuses this too, although it announces that the data wins.
            raise self.error(f"has both {name} and {name}-data; only one is allowed")
        if path:
            return read_bytes(path, f"{self.file}: {self.where} {name}" if self.file else name)
        return self.data_of(f"{name}-data")

    def data_of(self, name: str) -> bytes:
        """Bytes in base64."""
        try:
            # Go's decoder skips line breaks and nothing else.
            joined = self.text(name).replace("\n", "").replace("\r", "")
            return base64.b64decode(joined, validate=True)
        except (binascii.Error, ValueError) as error:
            raise self.error(f"has a {name} that is not base64") from error

    def _inner(self, data: object, where: str) -> Fields:
        return Fields(data, self.file, where, self.next_step)

    def _list(self, name: str) -> list[object]:
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.error(f"has {name} that are not a list")
        return value


class Kubeconfig(Struct, frozen=True):
    """The merged files: entries by name, each knowing the file it stands in."""

    current_context: str = ""
    clusters: Mapping[str, Fields] = field(default_factory=dict)
    users: Mapping[str, Fields] = field(default_factory=dict)
    contexts: Mapping[str, Fields] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    """Those that were read."""
    missing: tuple[str, ...] = ()
    """Those that were asked for and do not exist."""


def read(explicit: str | None, variables: Mapping[str, str]) -> Kubeconfig:
    """Read and merge. `explicit` is ``--kubeconfig``, which must exist.

    Other files may be missing, as with kubectl. Raises KubeconfigError.
    """
    if explicit:
        return merge([read_file(explicit)], ())
    found, missing = [], []
    for path in _paths(variables):
        try:
            found.append(read_file(path))
        except KubeconfigError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise
            missing.append(path)
    return merge(found, tuple(missing))


def _paths(variables: Mapping[str, str]) -> list[str]:
    listed = variables.get("KUBECONFIG", "")
    if listed:
        return list(dict.fromkeys(path for path in listed.split(os.pathsep) if path))
    home = variables.get("HOME") or variables.get("USERPROFILE")
    return [str(Path(home, ".kube", "config"))] if home else []


def read_file(path: str) -> Fields:
    """One kubeconfig file; an empty one is fine."""
    content = read_bytes(path, "kubeconfig")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise KubeconfigError(f"{path}: not a text file in UTF-8", _CORRECT) from error
    data = load_yaml(text, path)
    if data is not None and not isinstance(data, dict):
        raise KubeconfigError(f"{path}: not a kubeconfig: not a mapping", _CORRECT)
    root = Fields(data, path, "")
    kind, version = root.text("kind"), root.text("apiVersion")
    if kind not in ("", "Config") or version not in ("", "v1"):
        raise KubeconfigError(f"{path}: not a kubeconfig but a {kind} of {version}", _CORRECT)
    return root


def merge(files: list[Fields], missing: tuple[str, ...]) -> Kubeconfig:
    """Whole named entries, and the current-context, of the first file that has them."""
    current = ""
    merged: dict[str, dict[str, Fields]] = {"clusters": {}, "users": {}, "contexts": {}}
    for root in files:
        current = current or root.text("current-context")
        for section, entries in merged.items():
            for name, entry in _named(root, section).items():
                entries.setdefault(name, entry)
    return Kubeconfig(
        current_context=current,
        clusters=merged["clusters"],
        users=merged["users"],
        contexts=merged["contexts"],
        files=tuple(root.file for root in files),
        missing=missing,
    )


def _named(root: Fields, section: str) -> dict[str, Fields]:
    singular = section.removesuffix("s")
    entries: dict[str, Fields] = {}
    for item in root.children(section):
        name = item.text("name")
        if name in entries:
            raise root.error(f'has two {section} called "{name}"')
        entries[name] = Fields(item.data.get(singular), root.file, f'{singular} "{name}"')
        _check(entries[name], section)
    return entries


def _check(entry: Fields, section: str) -> None:
    """Read every field once, for the errors."""
    for name in _TEXTS[section]:
        entry.text(name)
    for name in _FLAGS:
        entry.flag(name)
    for name in _LISTS:
        entry.texts(name)
    for name in _DATA:
        entry.data_of(f"{name}-data")
    for item in (*entry.children("extensions"), *entry.children("env")):
        item.text("name")
    extra = entry.child("as-user-extra")
    for key in extra.data:
        if not isinstance(key, str):
            raise extra.error("has a key that is not a string")
        extra.texts(key)
    if section == "users":
        entry.child("auth-provider").text("name")
        _check(entry.child("exec"), "exec")
