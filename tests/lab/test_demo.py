"""The demo: the README's first screen is what it prints.

UPDATE_README=1 writes it anew.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.scenarios.documents import check, examples


def test_the_story_is_the_first_screen_of_the_readme(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kubectl_ingress", "lab", "demo"]
    home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, env=home, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert [example.command for example in examples("demo")] == ["make demo"]
    # Whoever reads it has another folder for temporary files.
    check("demo", {"make demo": done.stdout.replace(str(tmp_path), "/tmp")})
    for part in ("404 Not Found", "KI101", "200 × 30", "3 of 3 pods answered"):
        assert part in done.stdout
    assert list(tmp_path.iterdir()) == []
