"""``kubectl ingress install --list``: what can be installed."""

from __future__ import annotations

import json

from kubectl_ingress.env import Environment
from kubectl_ingress.options import Output
from kubectl_ingress.recipes import Chart, Manifests, Recipe
from kubectl_ingress.recipes._catalogue import MAINTAINED_BUILDS, recipes
from kubectl_ingress.render.plan import show_facts
from kubectl_ingress.render.table import show_table


def show_list(environment: Environment, output: Output | None) -> None:
    """As a table, or as `output` asks for it; see docs/json.md."""
    stdout, known = environment.stdout, recipes()
    if output is None:
        rows = [
            (name, " ".join(filter(None, _by(each))), each.remark) for name, each in known.items()
        ]
        show_table(stdout, ("NAME", "BY", "REMARK"), rows)
        following = "kubectl ingress install NAME"
        show_facts(environment.stderr, [("Note", MAINTAINED_BUILDS), ("Next", following)])
    elif output is Output.NAME:
        print("\n".join(known), file=stdout)
    else:
        listed = {"controllers": [_as_data(name, each) for name, each in known.items()]}
        if output is Output.JSON:
            print(json.dumps(listed, indent=2), file=stdout)
            return
        from kubectl_ingress.ports.files import dump_yaml

        stdout.write(dump_yaml([listed]))


def _as_data(name: str, recipe: Recipe) -> dict[str, str | None]:
    by, version = _by(recipe)
    return {
        "name": name,
        "title": recipe.title,
        "by": by,
        "version": version or None,
        "remark": recipe.remark,
    }


def _by(recipe: Recipe) -> tuple[str, str]:
    """How it is installed, and which version, "" for what is built in."""
    match recipe:
        case Manifests():
            return "manifests", recipe.releases[0].version
        case Chart():
            return "chart", recipe.version.removeprefix("v")
    return "built in", ""
