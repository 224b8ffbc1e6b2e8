"""Archives and the manifest for krew.

    python hack/krew.py archive linux/amd64 --output dist
    python hack/krew.py manifest --url https://HOST/RELEASE --archives dist > krew-manifest.yaml

An archive holds a launcher, the LICENSE and lib/: this package and the pinned
wheels of requirements/runtime.txt for one platform, unpacked. Compiled wheels
are for one Python each, so lib/ holds those of every Python in PYTHONS side by
side (their file names differ, the rest of a wheel is the same). The user's own
python3 runs it. Bytecode comes along for the Python that runs this script;
others write theirs at the first start, since krew's folders are the user's.

Without --archives the manifest has no digests: that is the one that is
committed, and krew refuses it. A release builds all archives and fills it.

Of these archives only linux/amd64 has been run by the authors, with Python 3.11.
"""

from __future__ import annotations

import argparse
import compileall
import gzip
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from py_compile import PycInvalidationMode

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# krew's own index refuses a name as general as "ingress"; one of its own
# (kubectl krew index add) may hold this one.
PLUGIN = "ingress-proof"
NOT_RELEASED = "not-released"
"""Stands where the digest of a released archive goes."""
NOWHERE = "https://kubectl-ingress.invalid"
"""Where released archives will be is not known yet; no such host can exist (RFC 2606)."""


@dataclass(frozen=True)
class Platform:
    """One platform: as krew names it, and as wheels do, the newest system first."""

    os: str
    arch: str
    tags: tuple[str, ...]
    system: str

    @property
    def name(self) -> str:
        """``linux/amd64``."""
        return f"{self.os}/{self.arch}"

    @property
    def windows(self) -> bool:
        """Whether programs end in .exe."""
        return self.os == "windows"

    @property
    def program(self) -> str:
        """The launcher's file name."""
        return "kubectl-ingress.exe" if self.windows else "kubectl-ingress"

    def archive(self, version: str) -> str:
        """The archive's file name."""
        suffix = "zip" if self.windows else "tar.gz"
        return f"kubectl-ingress_v{version}_{self.os}_{self.arch}.{suffix}"


def _linux(machine: str) -> tuple[str, ...]:
    return tuple(
        f"{one}_{machine}" for one in ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
    )


PLATFORMS = (
    Platform("linux", "amd64", _linux("x86_64"), "linux"),
    Platform("linux", "arm64", _linux("aarch64"), "linux"),
    Platform("darwin", "amd64", ("macosx_12_0_x86_64",), "darwin"),
    Platform("darwin", "arm64", ("macosx_12_0_arm64",), "darwin"),
    Platform("windows", "amd64", ("win_amd64",), "win32"),
)

LAUNCHER = '''\
#!/usr/bin/env python3
"""Starts kubectl ingress with the libraries beside this file."""
import os
import sys

if not {oldest} <= sys.version_info[:2] <= {newest}:
    sys.stderr.write(
        "error: kubectl ingress runs with Python {first} to {last}, and python3 here is %d.%d\\n"
        "       put one of those on PATH as python3\\n" % sys.version_info[:2]
    )
    sys.exit(2)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(sys.argv[0])), "lib"))
from kubectl_ingress.__main__ import run

run()
'''


def version() -> str:
    """That of the package, without the v."""
    text = (ROOT / "kubectl_ingress" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    if found is None:
        raise SystemExit("error: kubectl_ingress/__init__.py names no version")
    return found[1]


def launcher(pythons: Sequence[str] = PYTHONS) -> str:
    """The program in the archive."""
    first, last = pythons[0], pythons[-1]
    oldest, newest = (tuple(map(int, one.split("."))) for one in (first, last))
    return LAUNCHER.format(oldest=oldest, newest=newest, first=first, last=last)


def requirements(text: str, platform: Platform) -> str:
    """The pins for one platform: pip reads markers for the machine that it runs on."""
    kept = []
    for block in text.replace("\\\n", " ").splitlines():
        pin, *hashes = block.split(" --hash=")
        if not pin.strip() or pin.startswith("#"):
            continue
        parsed = Requirement(pin)
        system = {
            "sys_platform": platform.system,
            "platform_python_implementation": "CPython",
            "implementation_name": "cpython",
        }
        if parsed.marker is None or parsed.marker.evaluate(system):
            words = [f"{parsed.name}{parsed.specifier}", *(f"--hash={h.strip()}" for h in hashes)]
            kept.append(" ".join(words))
    return "\n".join(kept) + "\n"


def fetch_wheels(platform: Platform, folder: Path) -> None:
    """Our own wheel and all pinned ones, for every Python."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    own = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    _run([*pip, *own])
    pins = folder / "requirements.txt"
    text = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    pins.write_text(requirements(text, platform), encoding="utf-8")
    tags = [word for tag in platform.tags for word in ("--platform", tag)]
    for python in PYTHONS:
        target = ["--implementation", "cp", "--python-version", python, *tags]
        only = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
        _run([*pip, "download", *only, *target, "--dest", str(folder), "-r", str(pins)])


def _run(command: Sequence[str]) -> None:
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(f"error: this failed: {' '.join(command)}")


def unpack(wheels: Iterator[Path] | Sequence[Path], lib: Path) -> None:
    """What Python imports, of all wheels together; not their scripts and other data."""
    for wheel in sorted(wheels):
        with zipfile.ZipFile(wheel) as opened:
            for name in opened.namelist():
                target = _target(name)
                if target and not name.endswith("/"):
                    path = lib / target
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(opened.read(name))


def _target(name: str) -> str:
    """Where a file of a wheel goes in lib/, "" for nowhere."""
    first, _, rest = name.partition("/")
    if not first.endswith(".data"):
        return name
    kind, _, inner = rest.partition("/")
    return inner if kind in ("purelib", "platlib") else ""


def compile_bytecode(lib: Path) -> None:
    """Bytecode that stays valid whatever an extracted file's time is."""
    compileall.compile_dir(
        lib,
        quiet=2,
        stripdir=lib,
        prependdir="lib",
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )


def windows_program() -> bytes:
    """The launcher as an .exe, made as pip makes those of console scripts."""
    # What pip writes: a small program, the interpreter to look for, and a zip to run.
    start = files("pip._vendor.distlib").joinpath("t64.exe")
    if not start.is_file():
        raise SystemExit(
            "error: this pip comes without t64.exe: python -m pip install --upgrade pip"
        )
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as opened:
        opened.writestr(zipfile.ZipInfo("__main__.py"), launcher())
    return start.read_bytes() + b"#!/usr/bin/env python\r\n" + zipped.getvalue()


def write_archive(platform: Platform, lib: Path, target: Path) -> None:
    """The archive of one platform: sorted, without times and owners."""
    program = windows_program() if platform.windows else launcher().encode()
    content = {
        platform.program: program,
        "LICENSE": (ROOT / "LICENSE").read_bytes(),
        **{
            f"lib/{path.relative_to(lib).as_posix()}": path.read_bytes()
            for path in sorted(lib.rglob("*"))
            if path.is_file()
        },
    }
    if platform.windows:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, data in content.items():
                zipped.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        return
    with (
        target.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as opened,
    ):
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            entry.mode = 0o755 if name == platform.program else 0o644
            opened.addfile(entry, io.BytesIO(data))


def build_archive(platform: Platform, output: Path) -> Path:
    """Fetch, unpack, compile, pack."""
    output.mkdir(parents=True, exist_ok=True)
    target = output / platform.archive(version())
    with tempfile.TemporaryDirectory() as temporary:
        folder, lib = Path(temporary, "wheels"), Path(temporary, "lib")
        folder.mkdir()
        fetch_wheels(platform, folder)
        unpack(folder.glob("*.whl"), lib)
        shutil.rmtree(folder)
        compile_bytecode(lib)
        write_archive(platform, lib, target)
    return target


HEAD = """\
# Written by: python hack/krew.py manifest
#
# krew's own index takes no name as general as "ingress", so this one is for an
# index of its own, or for direct use:
#
#   kubectl krew install --manifest=krew-manifest.yaml
#
# sha256 "{not_released}" stands until a release has built the archives: krew
# refuses it, and no digest is made up.
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: {plugin}
spec:
  version: v{version}
  homepage: {homepage}
  shortDescription: From no ingress controller to a proven route
  description: |
    Installs an ingress controller, scaffolds a first route, tests routes with
    real requests, and says why one does not work and which command mends it.
  caveats: |
    Needs Python {first} to {last} as python3 (on Windows: python) on PATH: the
    libraries in the archive are compiled for these.

    krew calls it kubectl {plugin}; its messages say kubectl ingress. For that
    name, and for completion:
      ln -s kubectl-{underscored} "${{KREW_ROOT:-$HOME/.krew}}/bin/kubectl-ingress"
      kubectl ingress completion install
  platforms:
"""
ENTRY = """\
  - selector:
      matchLabels:
        os: {os}
        arch: {arch}
    uri: {url}/{archive}
    sha256: {digest}
    bin: {program}
"""


def manifest(url: str = NOWHERE, homepage: str = NOWHERE, archives: Path | None = None) -> str:
    """The manifest; with digests where `archives` names the folder of all archives."""
    number = version()
    text = HEAD.format(
        not_released=NOT_RELEASED,
        plugin=PLUGIN,
        underscored=PLUGIN.replace("-", "_"),
        version=number,
        homepage=homepage,
        first=PYTHONS[0],
        last=PYTHONS[-1],
    )
    for platform in PLATFORMS:
        name = platform.archive(number)
        digest = NOT_RELEASED
        if archives is not None:
            if not (archives / name).is_file():
                raise SystemExit(f"error: {archives / name} is missing: build it first (archive)")
            digest = hashlib.sha256((archives / name).read_bytes()).hexdigest()
        text += ENTRY.format(
            os=platform.os,
            arch=platform.arch,
            url=url.rstrip("/"),
            archive=name,
            digest=digest,
            program=platform.program,
        )
    return text


def main(words: Sequence[str] | None = None) -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    archive = verbs.add_parser("archive", help="build the archive of one platform")
    archive.add_argument("platform", choices=[platform.name for platform in PLATFORMS])
    archive.add_argument("--output", type=Path, default=Path("dist"), metavar="DIR")
    printed = verbs.add_parser("manifest", help="print the manifest")
    printed.add_argument("--url", default=NOWHERE, help="folder of the released archives")
    printed.add_argument("--homepage", default=NOWHERE, help="the project's page")
    printed.add_argument("--archives", type=Path, metavar="DIR", help="all archives, for digests")
    typed = parser.parse_args(words)
    if typed.verb == "archive":
        chosen = next(one for one in PLATFORMS if one.name == typed.platform)
        print(build_archive(chosen, typed.output))
    else:
        sys.stdout.write(manifest(typed.url, typed.homepage, typed.archives))


if __name__ == "__main__":
    main()
