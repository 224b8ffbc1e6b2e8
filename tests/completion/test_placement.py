"""Where the completer goes, and what is never overwritten."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_ingress.completion.placement import (
    MARK,
    Installation,
    Outcome,
    can_be_made,
    choose_directory,
    find_program,
    place,
)
from kubectl_ingress.errors import InputError, NotOurs
from tests.completion.programs import ROOT, Programs, make_programs

COMPLETER = "kubectl_complete-ingress"


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    made = make_programs(tmp_path)
    (made.folder / COMPLETER).unlink()
    return made


@pytest.fixture
def installation(programs: Programs) -> Installation:
    program = programs.folder / "kubectl-ingress"
    return Installation(program, program.read_text().splitlines()[0].removeprefix("#!"), ROOT)


def path_of(*folders: Path, home: Path | None = None) -> Mapping[str, str]:
    variables = {"PATH": os.pathsep.join(map(str, folders))}
    return {**variables, "HOME": str(home)} if home else variables


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


class TestProgram:
    def test_by_the_path_it_was_called_by(self, programs: Programs) -> None:
        program = programs.folder / "kubectl-ingress"
        assert find_program(str(program), {}) == program

    def test_a_link_is_not_followed(self, programs: Programs, tmp_path: Path) -> None:
        link = tmp_path / "kubectl-ingress_proof"
        link.symlink_to(programs.folder / "kubectl-ingress")
        assert find_program(str(link), {}) == link

    @pytest.mark.parametrize("argv0", ["kubectl-ingress", "/x/kubectl_ingress/__main__.py", "-c"])
    def test_by_path(self, programs: Programs, argv0: str) -> None:
        found = find_program(argv0, path_of(programs.folder))
        assert found == programs.folder / "kubectl-ingress"

    def test_none(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="not on PATH"):
            find_program("/x/__main__.py", path_of(tmp_path))

    def test_the_completer_is_called_after_it(self, installation: Installation) -> None:
        krew = replace(installation, program=Path("/k/bin/kubectl-ingress_proof"))
        windows = replace(installation, program=Path("C:/k/kubectl-ingress.exe"), windows=True)
        assert installation.completer == COMPLETER
        assert krew.completer == "kubectl_complete-ingress_proof"
        assert krew.command == "kubectl ingress-proof"
        assert windows.completer == COMPLETER


class TestDirectory:
    def test_next_to_the_program(self, installation: Installation, tmp_path: Path) -> None:
        other = folder(tmp_path / "other")
        variables = path_of(other, installation.program.parent, home=tmp_path)
        assert choose_directory(installation, variables) == installation.program.parent

    def test_under_home_if_that_is_not_on_path(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        home, system = folder(tmp_path / "home"), folder(tmp_path / "system")
        first, second = folder(home / "first"), folder(home / "second")
        variables = path_of(home / "absent", system, first, second, home=home)
        assert choose_directory(installation, variables) == first

    @pytest.mark.skipif(os.geteuid() == 0, reason="NOT TESTED AS ROOT, who may write anywhere")
    def test_under_home_if_that_cannot_be_written_to(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        beside = installation.program.parent
        home = folder(tmp_path / "home")
        own = folder(home / "bin")
        beside.chmod(0o555)
        assert choose_directory(installation, path_of(beside, own, home=home)) == own

    def test_none(self, installation: Installation, tmp_path: Path) -> None:
        home, system = folder(tmp_path / "home"), folder(tmp_path / "system")
        with pytest.raises(InputError) as caught:
            choose_directory(installation, path_of(system, home=home))
        target = installation.program.parent / COMPLETER
        assert f"ln -s {installation.program} {target}" in caught.value.next_step
        assert caught.value.exit_status == 2

    @pytest.mark.parametrize("name", [".local/bin", "bin"])
    def test_a_usual_one_that_is_not_there_yet_comes_last(
        self, installation: Installation, tmp_path: Path, name: str
    ) -> None:
        home = folder(tmp_path / "home")
        variables = path_of(home / "absent", home / name, home=home)
        assert choose_directory(installation, variables) == home / name
        there = folder(home / "there")
        variables = path_of(home / name, there, home=home)
        assert choose_directory(installation, variables) == there

    def test_no_other_is_made(self, installation: Installation, tmp_path: Path) -> None:
        home = folder(tmp_path / "home")
        absent = [home / "absent", home / ".local", tmp_path / "bin", tmp_path / ".local/bin"]
        (home / "bin").touch()
        for one in (*absent, home / "bin"):
            assert not can_be_made(one, {"HOME": str(home)}), one
        assert not can_be_made(tmp_path / "bin", {"HOME": str(tmp_path / "no-home")})
        assert not can_be_made(tmp_path / "no-home/bin", {"HOME": str(tmp_path / "no-home")})
        assert not can_be_made(home / ".local/bin", {})
        assert can_be_made(home / ".local/bin", {"HOME": str(home)})

    def test_no_home(self, installation: Installation, tmp_path: Path) -> None:
        with pytest.raises(InputError):
            choose_directory(installation, path_of(tmp_path))


class TestPlace:
    def test_a_link_to_the_program(self, installation: Installation, tmp_path: Path) -> None:
        assert place(installation, tmp_path) == (Outcome.LINKED, tmp_path / COMPLETER)
        assert (tmp_path / COMPLETER).readlink() == installation.program

    def test_again(self, installation: Installation, tmp_path: Path) -> None:
        place(installation, tmp_path)
        assert place(installation, tmp_path) == (Outcome.THERE, tmp_path / COMPLETER)

    def test_a_dry_run_does_nothing(self, installation: Installation, tmp_path: Path) -> None:
        before = set(tmp_path.iterdir())
        assert place(installation, tmp_path, dry_run=True)[0] is Outcome.LINKED
        assert set(tmp_path.iterdir()) == before

    def test_into_a_directory_that_is_made(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        usual = tmp_path / ".local" / "bin"
        place(installation, usual, dry_run=True)
        assert not usual.parent.exists()
        assert place(installation, usual) == (Outcome.LINKED, usual / COMPLETER)
        assert (usual / COMPLETER).is_symlink()

    def test_what_pip_made_is_left_alone(self, installation: Installation, tmp_path: Path) -> None:
        text = "#!/venv/bin/python\nfrom kubectl_ingress.__main__ import run\n"
        (tmp_path / COMPLETER).write_text(text)
        assert place(installation, tmp_path) == (Outcome.THERE, tmp_path / COMPLETER)
        assert (tmp_path / COMPLETER).read_text() == text

    @pytest.mark.parametrize("kind", ["file", "link", "dangling", "directory"])
    def test_what_somebody_else_made_is_never_overwritten(
        self, installation: Installation, tmp_path: Path, kind: str
    ) -> None:
        target, foreign = tmp_path / COMPLETER, tmp_path / "foreign"
        if kind == "file":
            target.write_text("#!/bin/sh\n")
        elif kind == "directory":
            target.mkdir()
        else:
            target.symlink_to(foreign)
        if kind == "link":
            foreign.touch()
        before = target.lstat()
        for dry_run in (True, False):
            with pytest.raises(NotOurs, match="did not make it"):
                place(installation, tmp_path, dry_run=dry_run)
        assert target.lstat() == before
        assert not foreign.exists() or foreign.read_text() == ""


class NoLinks(type(Path())):  # type: ignore[misc]  # the concrete Path of this system
    """A directory on a file system without links."""

    def symlink_to(self, *args: object, **kwargs: object) -> None:
        raise PermissionError("no links here")


class TestLauncher:
    def test_it_completes(self, installation: Installation, tmp_path: Path) -> None:
        outcome, path = place(installation, NoLinks(tmp_path))
        assert outcome is Outcome.WRITTEN
        ran = subprocess.run([path, "te"], capture_output=True, text=True, timeout=30, check=True)
        assert ran.stdout.startswith("test\t")
        assert ran.stdout.endswith(":4\n")

    def test_it_imports_nothing_of_the_directory_it_is_called_in(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        _, path = place(installation, NoLinks(tmp_path))
        work = folder(tmp_path / "work")
        for name in ("typing.py", "json.py", "typer.py", "kubectl_ingress.py"):
            (work / name).write_text("raise SystemExit('imported from here')\n")
        ran = subprocess.run(
            [path, "te"],
            cwd=work,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, "")

    def test_an_old_one_is_renewed(self, installation: Installation, tmp_path: Path) -> None:
        old = replace(installation, python="/gone/python")
        _, path = place(old, NoLinks(tmp_path))
        assert "/gone/python" in path.read_text()
        assert place(installation, tmp_path, dry_run=True) == (Outcome.WRITTEN, path)
        assert "/gone/python" in path.read_text()
        assert place(installation, tmp_path) == (Outcome.WRITTEN, path)
        assert installation.python in path.read_text()

    def test_on_windows_it_is_a_batch_file(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        windows = replace(
            installation, windows=True, program=Path("kubectl-ingress.exe"), python=r"C:\py.exe"
        )
        outcome, path = place(windows, NoLinks(tmp_path))
        assert (outcome, path.name) == (Outcome.WRITTEN, f"{COMPLETER}.cmd")
        first, second = path.read_text().splitlines()
        assert MARK in first
        assert first.startswith("@rem ")
        assert second.startswith('@"C:\\py.exe" -P -c "')
        assert second.endswith('" %*')

    def test_a_directory_that_cannot_be_written_to(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match="cannot write"):
            place(installation, tmp_path / "file" / "absent")


def install(programs: Programs, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [programs.folder / "kubectl-ingress", "completion", "install", *words],
        env=programs.variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


class TestCommand:
    def test_it_says_what_it_did(self, programs: Programs) -> None:
        target, program = programs.folder / COMPLETER, programs.folder / "kubectl-ingress"
        ran = install(programs)
        assert (ran.returncode, ran.stdout) == (0, f"linked {target} -> {program}\n")
        assert "kubectl ingress te<Tab>" in ran.stderr
        assert install(programs).stdout == f"already there {target}\n"

    def test_dry_run(self, programs: Programs) -> None:
        ran = install(programs, "--dry-run")
        assert ran.stdout.endswith("kubectl-ingress (dry run)\n")
        assert not (programs.folder / COMPLETER).exists()

    def test_a_directory_off_path(self, programs: Programs, tmp_path: Path) -> None:
        elsewhere = folder(tmp_path / "elsewhere")
        ran = install(programs, "--dir", str(elsewhere))
        assert ran.returncode == 0
        assert f"{elsewhere} is not on PATH" in ran.stderr
        assert (elsewhere / COMPLETER).is_symlink()

    def test_the_usual_directory_is_made(self, programs: Programs) -> None:
        home = Path(programs.variables["HOME"])
        usual = home / ".local" / "bin"
        assert not usual.exists()
        assert install(programs, "--dir", str(usual), "--dry-run").returncode == 0
        assert not usual.exists()
        ran = install(programs, "--dir", str(usual))
        assert ran.returncode == 0, ran.stderr
        assert (usual / COMPLETER).is_symlink()

    def test_a_directory_that_is_none(self, programs: Programs) -> None:
        ran = install(programs, "--dir", "/nowhere/at/all")
        assert ran.returncode == 2
        assert ran.stderr.startswith("error: /nowhere/at/all is not a directory")

    def test_a_foreign_file(self, programs: Programs) -> None:
        (programs.folder / COMPLETER).write_text("#!/bin/sh\n")
        ran = install(programs)
        assert ran.returncode == 2
        assert ran.stderr.startswith("error: ")
        assert "Traceback" not in ran.stderr
        assert (programs.folder / COMPLETER).read_text() == "#!/bin/sh\n"
