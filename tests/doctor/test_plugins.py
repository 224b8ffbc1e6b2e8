"""Which program kubectl runs, by what is on PATH."""

from __future__ import annotations

from pathlib import Path

from kubectl_ingress.doctor.plugins import is_other, plugins_on


def program(directory: Path, name: str, mode: int = 0o755) -> str:
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / name
    file.write_text("#!/bin/sh\n")
    file.chmod(mode)
    return str(file)


def on(*directories: Path, own: str = "") -> dict[str, object]:
    found = plugins_on({"PATH": ":".join(map(str, directories))}, own)
    return {
        "first": found.first,
        "others": found.others,
        "commands": found.commands,
        "other": is_other(found),
    }


def test_this_one_alone(tmp_path: Path) -> None:
    own = program(tmp_path / "a", "kubectl-ingress")
    expected = {"first": own, "others": (), "commands": (), "other": False}
    assert on(tmp_path / "a", own=own) == expected


def test_krews_copy_comes_first(tmp_path: Path) -> None:
    krew = program(tmp_path / ".krew" / "bin", "kubectl-ingress")
    own = program(tmp_path / "b", "kubectl-ingress")
    found = on(tmp_path / ".krew" / "bin", tmp_path / "b", own=own)
    assert (found["first"], found["others"], found["other"]) == (krew, (own,), True)
    found = on(tmp_path / "b", tmp_path / ".krew" / "bin", own=own)
    assert (found["first"], found["others"], found["other"]) == (own, (krew,), False)


def test_a_link_to_it_is_no_other(tmp_path: Path) -> None:
    own = program(tmp_path / "a", "kubectl-ingress")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "kubectl-ingress").symlink_to(own)
    assert on(tmp_path / "b", tmp_path / "a", own=own)["other"] is False
    assert on(tmp_path / "b", tmp_path / "a", own=own)["others"] == ()


def test_longer_names_take_a_command(tmp_path: Path) -> None:
    own = program(tmp_path / "a", "kubectl-ingress")
    test = program(tmp_path / "a", "kubectl-ingress-test")
    patch = program(tmp_path / "a", "kubectl-ingress-patch_host")
    program(tmp_path / "a", "kubectl-ingress-unknown")
    program(tmp_path / "a", "kubectl-ingress-trace", mode=0o644)
    assert set(on(tmp_path / "a", own=own)["commands"]) == {test, patch}  # type: ignore[call-overload]


def test_run_by_another_name_it_does_not_judge(tmp_path: Path) -> None:
    program(tmp_path / "a", "kubectl-ingress")
    assert on(tmp_path / "a", own="/usr/lib/python3/__main__.py")["other"] is False
