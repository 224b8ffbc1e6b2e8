"""The README's commands, run in its order: what it prints is what comes out.

UPDATE_README=1 writes the outputs anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.scenarios.documents import ROOT, check, examples

if TYPE_CHECKING:
    from .testbed import Bed

OLD_INGRESS = ROOT / "tests" / "golden" / "convert" / "seed" / "ingress-example.yaml"


def test_every_output_is_real(bed: Bed, tmp_path: Path) -> None:
    (tmp_path / "ingress-2020.yaml").write_text(OLD_INGRESS.read_text())
    found = examples("road")
    assert len(found) > 10
    outputs = {}
    for example in found:
        done = bed.run("bash", "-c", f"cd {tmp_path} && {{ {example.command}; }} 2>&1", timeout=120)
        # Of this machine's folders nothing shall stand in a README.
        outputs[example.command] = done.stdout.replace(str(bed.home), "/home/me")
        if "--apply" in example.command:
            bed.wait_for(lambda: len(bed.endpoints("hostname-service")) == 3, 30, "three endpoints")
            # The controller has loaded the Ingress when it answers for its host.
            bed.ingress("test", "http://jko.example.com/echo-hostname", "--wait", "20s")
    check("road", outputs)
