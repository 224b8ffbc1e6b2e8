"""What becomes of a controller that is taken over: its flags, and its version. Pure.

A container's arguments are one field to the API server: who sets one of them
sets them all. So the flags that ours do not speak of are put behind ours. All
that depends on the provider or the installation's names is spoken of, also
where ours has no such flag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kubectl_ingress.core.parse import Reader
from kubectl_ingress.install.field_owners import our_entry, owns
from kubectl_ingress.install.installed import USUAL_FLAGS
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.settings import Settings
from kubectl_ingress.install.versions import VERSIONS

_CONTAINER = "controller"
_ARGS = ("spec", "template", "spec", "containers", f'k:{{"name":"{_CONTAINER}"}}', "args")
# The controller does not start with both (ingress-nginx, pkg/flags/flags.go).
_ADDRESSES = {"--publish-service", "--publish-status-address"}
_NUMBER = re.compile(r":(?:controller-)?v?(\d+\.\d+\.\d+)", re.ASCII)


def with_flags(manifest: Manifest, live: Live) -> tuple[Manifest, tuple[str, ...]]:
    """Our workload with the flags of the one that is there, and the names of those that it loses.

    Nothing is added where we have set the arguments: then they are what was chosen.
    """
    entry = our_entry(live)
    if entry is not None and owns(entry, *_ARGS):
        return manifest, ()
    ours = _container(manifest).strings("args")
    theirs = _flags(_container(live).strings("args"))
    stay = staying(ours, theirs)
    gone = {_name(each) for each in theirs} - {_name(each) for each in (*ours, *stay)}
    lost = dict.fromkeys(_name(each) for each in theirs if _name(each) in gone)
    return _with_args(manifest, [*ours, *stay]), tuple(lost)


def staying(ours: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
    """Those flags of theirs that ours do not speak of."""
    there = {_name(each) for each in ours}
    spoken_of = there | USUAL_FLAGS | (_ADDRESSES if there & _ADDRESSES else set())
    return tuple(each for each in theirs if _name(each) not in spoken_of)


def changes_of(settings: Settings, live: Live, lost: Sequence[str]) -> Iterator[str]:
    """What to know before, one sentence each."""
    if lost:
        verb = "goes" if len(lost) == 1 else "go"
        yield f"{', '.join(lost)} of the controller {verb}: ours has the provider decide that"
    found = _NUMBER.search(_container(live).text("image"))
    number = settings.version.number
    if found is None or settings.image or found[1] == number:
        return
    keep = f"; to keep it: --version {found[1]}" if found[1] in VERSIONS else ""
    yield f"ingress-nginx {found[1]} becomes {number}{keep}"


def _flags(arguments: Sequence[str]) -> list[str]:
    """``--name=value``, also of those that are written ``--name value`` or ``-v=2``."""
    found: list[str] = []
    for each in arguments:
        if each.startswith("--"):
            found.append(each)
        elif each.startswith("-"):
            # One letter, and its value right behind it.
            value = each[2:].removeprefix("=")
            found.append(f"--{each[1:2]}={value}" if value else f"-{each}")
        elif found and "=" not in found[-1]:
            found[-1] += f"={each}"
        # What stands before all flags is the program.
    return [each for each in found if each.strip("-")]


def _name(flag: str) -> str:
    return flag.partition("=")[0]


def _container(workload: Live) -> Reader:
    pod = reader_of(workload).child("spec").child("template").child("spec")
    named = [one for one in pod.children("containers") if one.text("name") == _CONTAINER]
    return named[0] if named else reader_of(None)


def _with_args(manifest: Manifest, arguments: Sequence[str]) -> Manifest:
    spec = reader_of(manifest).child("spec")
    template = spec.child("template")
    pod = template.child("spec")
    containers = [
        {**one.data, "args": [*arguments]} if one.text("name") == _CONTAINER else dict(one.data)
        for one in pod.children("containers")
    ]
    changed = {**template.data, "spec": {**pod.data, "containers": containers}}
    return {**manifest, "spec": {**spec.data, "template": changed}}
