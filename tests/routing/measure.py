"""``python -m tests.routing.measure [CONTROLLER] [CASE…]``: how many answers the model predicts.

Prints every disagreement; with the name of a case, its manifests too.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections import Counter
from collections.abc import Sequence

from tests.routing.compare import difference
from tests.routing.measured import Case, own_cases, to_request


def main(arguments: Sequence[str]) -> None:
    controller, wanted = (arguments[0] if arguments else ""), set(arguments[1:])
    agreed: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for case in own_cases(controller):
        if wanted and case.id.partition("/")[0] not in wanted:
            continue
        name = f"{case.controller} {case.flavour}".strip()
        if wanted:
            print(json.dumps(case.manifests, indent=1), case.flags)
        try:
            wrong = list(disagreements(case))
        except Exception:  # noqa: BLE001  # all the others shall be counted too
            wrong = [f"raises {traceback.format_exc()}"] * len(case.asked)
        asked[name] += len(case.asked)
        agreed[name] += len(case.asked) - len(wrong)
        for line in wrong:
            print(f"{case.id}: {line}")
    for name, count in sorted(asked.items()):
        print(f"{name}: {agreed[name]} of {count} requests ({agreed[name] / count:.1%})")


def disagreements(case: Case) -> list[str]:
    table = case.table()
    snapshot = case.snapshot()
    found = []
    for one in case.asked:
        decision = table.decide(to_request(one.request))
        wrong = difference(case, snapshot, decision, one)
        if wrong:
            found.append(f"{one.request}: {wrong}")
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
