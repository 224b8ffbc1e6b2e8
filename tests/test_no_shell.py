"""No shell is ever given anything: programs are started by a list of words, in few places."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "kubectl_ingress"
SHELLS = {
    *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
    *("asyncio.create_subprocess_shell", "os.execlp", "os.spawnlp"),
}
STARTS = ("subprocess.", "os.exec", "os.spawn", "os.posix_spawn", "asyncio.create_subprocess")
# Each with what it starts.
MAY_START = {
    "ports/exec_plugin": "what the kubeconfig names to log in",
    "ports/helm": "helm",
    "dataplane/process": "the lab's nginx",
    "dataplane/certificates": "this program",
    "commands/lab": "the command that was typed",
    "testing/repeating": "the command that was typed",
}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        name = str(file.relative_to(PACKAGE).with_suffix(""))
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                yield name, node


def dotted(function: ast.expr) -> str:
    """``os.system``; "" for what is not a name in a module."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return f"{function.value.id}.{function.attr}"
    return ""


def test_programs_are_started_without_one_and_by_few() -> None:
    starting = set()
    for name, call in calls():
        function = dotted(call.func)
        assert function not in SHELLS, f"{name}: {ast.unparse(call)}"
        by_shell = [word for word in call.keywords if word.arg == "shell"]
        assert not by_shell, f"{name}: {ast.unparse(call)}"
        if function.startswith(STARTS) and not name.startswith("lab/"):
            starting.add(name)
    assert starting == MAY_START.keys()
