"""Shows what an installation takes over from others, and asks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from kubectl_ingress.commands._confirm import confirm
from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.install.adopt import command
from kubectl_ingress.install.owners import owner_of
from kubectl_ingress.install.plan import Fate, Plan, Step
from kubectl_ingress.install.prepare import Prepared
from kubectl_ingress.render.plan import show_changes, show_facts
from kubectl_ingress.render.progress import width_of


def show(environment: Environment, plan: Plan) -> None:
    """Whose the objects are that are taken over, and their fields that change."""
    stderr = environment.stderr
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for step in plan.taken:
        owner = owner_of(step.live or {}).title or "somebody"
        alike.setdefault((owner, tuple(_lines(step))), []).append(step.title)
    for (owner, lines), titles in alike.items():
        said = printable(f"{', '.join(titles)} (by {owner})")
        print(textwrap.fill(said, width_of(stderr) - 1, break_on_hyphens=False), file=stderr)
        show_changes(stderr, lines, "    ")
    if plan.left_alone:
        show_facts(stderr, [("Left alone", ", ".join(plan.left_alone))])
    show_facts(stderr, [("Note", note) for note in plan.notes])


def ask(environment: Environment, plan: Plan, prepared: Prepared) -> None:
    """Return after a yes. Raises UsageError and IngressError, as `confirm`."""
    count = f"{len(plan.taken)} objects"
    confirm(
        environment,
        f"Take over these {count}?",
        would=f"{count} of others would be taken over",
        command=f"{command(prepared.settings, prepared.provider)} --yes",
        no="not taken over",
    )


def _lines(step: Step) -> Iterator[str]:
    if step.fate is Fate.REPLACE:
        yield "deleted and made again: its template cannot be changed"
        return
    yield from (f"{each.path}: {each.theirs} -> {each.ours}" for each in step.changes)
    yield from (f"{each.path}: stays {each.theirs} (ours: {each.ours})" for each in step.kept)
    if not (step.changes or step.kept):
        yield "nothing differs; only our mark is added"
