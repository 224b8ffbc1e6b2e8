"""krew's manifest and archive, as far as they can be made without wheels from outside."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

import kubectl_ingress
from hack import krew

MANIFEST = krew.ROOT / "krew-manifest.yaml"
VERSION = kubectl_ingress.__version__
LINUX, WINDOWS = krew.PLATFORMS[0], krew.PLATFORMS[-1]


def read(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_the_committed_manifest_is_what_the_tool_writes() -> None:
    assert MANIFEST.read_text() == krew.manifest(), (
        "python hack/krew.py manifest > krew-manifest.yaml"
    )


def test_structure() -> None:
    manifest = read(MANIFEST.read_text())
    assert manifest["apiVersion"] == "krew.googlecontainertools.github.com/v1alpha2"
    assert manifest["kind"] == "Plugin"
    # krew's own rule for names; "ingress" alone its index would not take.
    assert re.fullmatch(r"[\w-]+", manifest["metadata"]["name"])
    assert manifest["metadata"]["name"] != "ingress"
    spec = manifest["spec"]
    assert spec["version"] == f"v{VERSION}"
    assert len(spec["shortDescription"]) <= 50
    assert {"homepage", "description", "caveats"} <= set(spec)


def test_platforms() -> None:
    entries = read(MANIFEST.read_text())["spec"]["platforms"]
    selected = [entry["selector"]["matchLabels"] for entry in entries]
    assert {(one["os"], one["arch"]) for one in selected} == {
        ("linux", "amd64"),
        ("linux", "arm64"),
        ("darwin", "amd64"),
        ("darwin", "arm64"),
        ("windows", "amd64"),
    }
    assert len({entry["uri"] for entry in entries}) == len(entries)
    for entry, labels in zip(entries, selected, strict=True):
        windows = labels["os"] == "windows"
        assert set(entry) == {"selector", "uri", "sha256", "bin"}
        assert entry["uri"].startswith("https://")
        assert entry["uri"].endswith(".zip" if windows else ".tar.gz")
        assert VERSION in entry["uri"]
        assert entry["bin"] == ("kubectl-ingress.exe" if windows else "kubectl-ingress")


def test_no_digest_is_made_up() -> None:
    # Nothing has been released: a digest here would be of nothing.
    for entry in read(MANIFEST.read_text())["spec"]["platforms"]:
        assert entry["sha256"] == krew.NOT_RELEASED
        assert not re.fullmatch("[0-9a-f]{64}", entry["sha256"])
        assert ".invalid/" in entry["uri"]


def test_a_release_fills_it(tmp_path: Path) -> None:
    for number, platform in enumerate(krew.PLATFORMS):
        (tmp_path / platform.archive(VERSION)).write_bytes(bytes([number]))
    manifest = read(krew.manifest("https://host.test/v1/", "https://host.test", tmp_path))
    for number, entry in enumerate(manifest["spec"]["platforms"]):
        assert entry["sha256"] == hashlib.sha256(bytes([number])).hexdigest()
        assert entry["uri"].startswith("https://host.test/v1/kubectl-ingress_v")
    assert manifest["spec"]["homepage"] == "https://host.test"


def test_a_release_without_all_archives_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="is missing"):
        krew.manifest(archives=tmp_path)


PINS = """\
alpha==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
# a comment
colour==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:cc
bridge==3.0 ; platform_python_implementation != 'PyPy' \\
    --hash=sha256:dd
"""


def test_pins_are_those_of_the_platform() -> None:
    alpha = "alpha==1.0 --hash=sha256:aa --hash=sha256:bb\n"
    bridge = "bridge==3.0 --hash=sha256:dd\n"
    assert krew.requirements(PINS, LINUX) == alpha + bridge
    assert krew.requirements(PINS, WINDOWS) == f"{alpha}colour==2.0 --hash=sha256:cc\n{bridge}"


def test_all_pins_can_be_read() -> None:
    text = (krew.ROOT / "requirements" / "runtime.txt").read_text()
    lines = krew.requirements(text, LINUX).splitlines()
    assert {"typer", "kubernetes", "pcre2"} <= {line.partition("==")[0] for line in lines}
    assert all("--hash=sha256:" in line and ";" not in line for line in lines)


def wheel(path: Path, **content: str) -> Path:
    with zipfile.ZipFile(path, "w") as opened:
        for name, text in content.items():
            opened.writestr(name, text)
    return path


def test_wheels_of_several_pythons_are_united(tmp_path: Path) -> None:
    wheels = [
        wheel(tmp_path / "p-cp311.whl", **{"p/__init__.py": "", "p/c.cpython-311.so": "1"}),
        wheel(
            tmp_path / "p-cp312.whl",
            **{
                "p/__init__.py": "",
                "p/c.cpython-312.so": "2",
                "p-1.data/data/src/big.c": "",
                "p-1.data/scripts/p": "",
                "p-1.data/platlib/q.py": "q",
            },
        ),
    ]
    lib = tmp_path / "lib"
    krew.unpack(wheels, lib)
    assert {str(path.relative_to(lib)) for path in lib.rglob("*") if path.is_file()} == {
        "p/__init__.py",
        "p/c.cpython-311.so",
        "p/c.cpython-312.so",
        "q.py",
    }


@pytest.fixture
def lib(tmp_path: Path) -> Path:
    """Stands for the unpacked wheels: a package that shows how it was started."""
    package = tmp_path / "lib" / "kubectl_ingress"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(
        "import sys\n\n\ndef run():\n    print(*sys.argv, sep='|')\n"
    )
    return tmp_path / "lib"


def unpacked(lib: Path, tmp_path: Path) -> Path:
    target, folder = tmp_path / "archive.tar.gz", tmp_path / "store"
    krew.write_archive(LINUX, lib, target)
    with tarfile.open(target) as opened:
        opened.extractall(folder, filter="data")
    return folder


def test_archive(lib: Path, tmp_path: Path) -> None:
    folder = unpacked(lib, tmp_path)
    assert (folder / "LICENSE").read_text() == (krew.ROOT / "LICENSE").read_text()
    assert os.access(folder / "kubectl-ingress", os.X_OK)


def test_the_same_content_is_the_same_archive(lib: Path, tmp_path: Path) -> None:
    krew.write_archive(LINUX, lib, tmp_path / "one")
    for path in lib.rglob("*.py"):
        os.utime(path, (1, 1))
    krew.write_archive(LINUX, lib, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_it_starts_through_the_link_that_krew_makes(lib: Path, tmp_path: Path) -> None:
    krew.compile_bytecode(lib)
    folder = unpacked(lib, tmp_path)
    link = tmp_path / "kubectl-ingress_proof"
    link.symlink_to(folder / "kubectl-ingress")
    (tmp_path / "python3").symlink_to(sys.executable)
    # Times are not kept by extraction, so the bytecode must not depend on them.
    (folder / "lib" / "kubectl_ingress" / "__main__.py").write_text("raise SystemExit('read anew')")
    ran = subprocess.run(
        [link, "test", ""],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ran.stdout == f"{link}|test|\n"


def test_another_python_is_told_so(lib: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(krew.launcher(("3.98", "3.99")))
    ran = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, timeout=30, check=False
    )
    here = ".".join(map(str, sys.version_info[:2]))
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[0] == (
        f"error: kubectl ingress runs with Python 3.98 to 3.99, and python3 here is {here}"
    )


@pytest.mark.skipif(
    not files("pip._vendor.distlib").joinpath("t64.exe").is_file(),
    reason="THE PROGRAM FOR WINDOWS WAS NOT TESTED: this pip comes without t64.exe",
)
def test_the_program_for_windows_is_a_launcher_and_a_zip(lib: Path, tmp_path: Path) -> None:
    krew.write_archive(WINDOWS, lib, tmp_path / "archive.zip")
    with zipfile.ZipFile(tmp_path / "archive.zip") as opened:
        assert {"LICENSE", "kubectl-ingress.exe"} <= set(opened.namelist())
        program = opened.read("kubectl-ingress.exe")
    assert program.startswith(b"MZ")
    with zipfile.ZipFile(io.BytesIO(program)) as zipped:
        assert zipped.read("__main__.py").decode() == krew.launcher()
