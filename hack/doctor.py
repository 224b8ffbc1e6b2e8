"""Writes the list of doctor's checks into docs/doctor.md anew: python hack/doctor.py"""

from __future__ import annotations

import re
from pathlib import Path

from kubectl_ingress.doctor.engine import all_checks, reference

PAGE = Path(__file__).parents[1] / "docs" / "doctor.md"
_LIST = re.compile(r"^\| area \|.*\n(\|.*\n)+", re.MULTILINE)

if __name__ == "__main__":
    PAGE.write_text(_LIST.sub(lambda _: reference(all_checks()), PAGE.read_text()))
