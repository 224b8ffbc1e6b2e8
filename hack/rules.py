"""The pages of all rules and codes as one: python hack/rules.py > docs/rules.md"""

from __future__ import annotations

import sys

from kubectl_ingress.lint.engine import all_rules
from kubectl_ingress.lint.manual import reference

if __name__ == "__main__":
    sys.stdout.write(reference(all_rules()))
