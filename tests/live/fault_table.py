"""Faults × commands: what is expected of each, and what was not tried.

The table in README.md is made of this one: ``python -m tests.live.fault_table``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.live.fault_kinds import FAULTS

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- faults: begin -->\n", "<!-- faults: end -->\n"
GOES_ON, TOLD, AGAIN, NOT_TRIED, NOTHING = "on", "told", "again", "·", "–"
TRIED = (GOES_ON, TOLD, AGAIN)

TABLE = """
command            slow late 409 409! 429 429! 500r 500w 503 410 cut-r cut-w restart INT  TERM KILL
install            on   told on  told on  told on   told on  on  on    told  told    told told again
upgrade            on   told on  told on  told on   told on  on  on    told  told    told told again
install, DaemonSet ·    ·    ·   ·    ·   ·    ·    ·    ·   ·   ·     ·     ·       ·   ·    again
uninstall          on   told on  told on  told on   told on  on  on    told  told    told told again
install --manifest on   told on  told on  told on   told on  –   on    told  told    told told again
scaffold --apply   on   told on  told on  told on   told on  –   on    told  ·       told told again
patch-host         on   told on  told on  told on   told on  on  on    told  ·       told told again
patch-host --undo  on   told on  told on  told on   told on  –   on    told  ·       told told again
address            on   told –   –    on  told on   –    on  on  on    –     ·       told told –
status             on   told –   –    on  told on   –    on  on  on    –     told    told told –
test               on   told –   –    on  told on   –    on  on  on    –     ·       told told –
list               on   told –   –    on  told on   –    on  on  on    –     told    told told –
trace              on   told –   –    on  told on   –    on  on  on    –     ·       told told –
"""

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "install": ("install", "--provider", "aws", "--version", "1.13.9", "--timeout", "60s"),
    "upgrade": ("upgrade", "--version", "1.15.1", "--timeout", "60s"),
    "install, DaemonSet": ("install", "--provider", "exoscale", "--timeout", "60s"),
    "uninstall": ("uninstall", "--yes", "--timeout", "60s"),
    "install --manifest": ("install", "--manifest", "OWN", "--timeout", "60s"),
    "scaffold --apply": ("scaffold", "shop", "--host", "shop.example.com", "--apply"),
    "patch-host": ("patch-host", "shop"),
    "patch-host --undo": ("patch-host", "shop", "--undo"),
    "address": ("address",),
    "status": ("status",),
    "test": ("test", "http://shop.example.com/"),
    "list": ("list", "-A"),
    "trace": ("trace", "http://shop.example.com/"),
}
HOW_TO_GO_ON: Mapping[str, tuple[str, ...]] = {
    "install": ("The same command again goes on",),
    "upgrade": ("he same command again goes on", "to go back: ", "the same command tries again"),
    "uninstall": ("The same command goes on from there",),
    "install --manifest": ("The same command again goes on",),
    "scaffold --apply": ("The same command again goes on",),
    "patch-host": ("The same command again tells", "run the command again", "check the "),
}
"""One of these is said when a command ends before it has done all of its writes."""


def expected() -> dict[tuple[str, str], str]:
    """(command, fault) -> what is expected."""
    head, *rows = TABLE.strip().splitlines()
    faults = head.split()[1:]
    cells = {}
    for row in rows:
        words = row.split()
        command, entries = " ".join(words[: -len(faults)]), words[-len(faults) :]
        cells.update({(command, fault): cell for fault, cell in zip(faults, entries, strict=True)})
    return cells


def markdown() -> str:
    """The part of README.md that is made of this."""
    cells = expected()
    lines = ["| fault | what is played |", "|---|---|"]
    lines += [f"| {name} | {played.title} |" for name, played in FAULTS.items()]
    lines += ["", f"| | {' | '.join(FAULTS)} |", "|---" * (len(FAULTS) + 1) + "|"]
    lines += [
        f"| `{command}` | {' | '.join(cells[command, fault] for fault in FAULTS)} |"
        for command in COMMANDS
    ]
    return "\n".join(lines) + "\n"


def readme() -> str:
    """README.md with the part that is made of this."""
    before, _, rest = README.read_text().partition(BEGIN)
    return f"{before}{BEGIN}{markdown()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    README.write_text(readme())
