"""The installed programs as files in a folder, and a kubeconfig for them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ARN = "arn:aws:eks:eu-west-1:1234:cluster/prod"
_LAUNCHER = """#!{python}
import sys
sys.path.insert(0, {root!r})
from kubectl_ingress.__main__ import run
run()
"""


@dataclass(frozen=True)
class Programs:
    """A folder with kubectl-ingress and kubectl_complete-ingress, and variables with it on PATH."""

    folder: Path
    variables: Mapping[str, str]


def make_programs(folder: Path, plugin: str = "ingress") -> Programs:
    """Launchers as pip makes them, for a plugin of this name."""
    programs = folder / "bin"
    programs.mkdir()
    for name in (f"kubectl-{plugin}", f"kubectl_complete-{plugin}"):
        launcher = programs / name
        launcher.write_text(_LAUNCHER.format(python=sys.executable, root=str(ROOT)))
        launcher.chmod(0o755)
    kubeconfig = folder / "kubeconfig.json"
    contexts = [{"name": name, "context": {}} for name in (ARN, "staging")]
    kubeconfig.write_text(json.dumps({"kind": "Config", "contexts": contexts}))
    variables = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "KUBECONFIG": str(kubeconfig),
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
    }
    return Programs(programs, variables)
