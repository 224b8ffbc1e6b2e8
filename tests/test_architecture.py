"""Dependencies point inwards: every import of the package, read from its source.

The tables are the design; imports inside functions and for type checkers count
like all others. A new folder or library is entered here with a reason, or not
used.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "kubectl_ingress"
NAME = PACKAGE.name
LONGEST = 400

# Of each folder (or module beside them): the others that it may import.
ROUTING = {"core", "errors"}
OUTSIDE = {"connection", "env", "ports", "__version__"}
LAYERS: dict[str, set[str]] = {
    "__init__": set(),
    "errors": set(),
    "registry": set(),
    "core": ROUTING,
    "certificates": ROUTING,
    # A host's certificate is one of several Secrets: whichever has the host's name.
    "controllers": ROUTING | {"certificates", "registry"},
    "providers": ROUTING,
    "convert": ROUTING,
    "render": ROUTING,
    "connection": {"errors"},
    "env": {"connection", "ports"},
    "options": {"connection", "env", "errors"},
    "ports": ROUTING | {"certificates", "connection", "env", "websocket", "__version__"},
    # Data of other controllers: what install fetches, and what scaffold writes for them.
    "recipes": {"registry"},
    "install": ROUTING | OUTSIDE | {"controllers", "providers", "recipes", "registry"},
    "scaffold": ROUTING | OUTSIDE | {"controllers", "recipes"},
    # Looks at what install makes, and at what anybody else has made.
    "inventory": ROUTING | OUTSIDE | {"controllers", "install", "providers"},
    # Reads versions and their vulnerabilities as the inventory does, and what load balancers
    # are asked for by annotations.
    "lint": ROUTING | {"certificates", "controllers", "inventory", "providers", "registry"},
    # Looks over what all others know of a cluster, and sends requests.
    "doctor": ROUTING
    | OUTSIDE
    | {"certificates", "controllers", "install", "inventory", "lint", "linting"}
    | {"livechoice", "livetable", "providers", "registry", "testing"},
    "dataplane": ROUTING | OUTSIDE | {"certificates", "controllers"},
    "entrypoint": ROUTING | OUTSIDE | {"controllers"},
    "routing": ROUTING | OUTSIDE | {"controllers"},
    "livetable": ROUTING | OUTSIDE | {"controllers"},
    "livechoice": ROUTING | {"controllers"},
    "tracing": ROUTING
    | OUTSIDE
    | {"certificates", "controllers", "livechoice", "livetable"}
    | {"routing"},
    "linting": ROUTING | OUTSIDE | {"controllers", "lint", "livechoice", "livetable", "routing"},
    # Its pods' troubles are those of installed ones, and so are the rights it asks for.
    "clusterprobe": ROUTING | OUTSIDE | {"certificates", "install"},
    "testing": ROUTING
    | OUTSIDE
    | {"clusterprobe", "controllers", "entrypoint", "livechoice", "routing"}
    # Where TLS fails: what is wrong with the host's Secret.
    | {"certificates", "livetable"},
    "fixing": ROUTING | OUTSIDE | {"convert", "linting"},
    "completion": {"cli", "connection", "core", "env", "errors", "ports", "registry"},
    "commands": ROUTING
    | OUTSIDE
    | {"certificates", "completion", "controllers", "convert", "dataplane", "entrypoint"}
    | {
        "fixing",
        "install",
        "inventory",
        "lint",
        "linting",
        "options",
        "providers",
        "recipes",
        "registry",
        "render",
    }
    | {"clusterprobe", "doctor", "livechoice", "livetable", "routing"}
    | {"scaffold", "testing", "tracing"},
    "websocket": set(),
    "lab": {"errors", "websocket"},
    "cli": {"__version__", "env", "registry"},
    "mistyped": {"cli", "completion", "connection", "errors", "registry"},
    "__main__": {"cli", "completion", "core", "env", "errors", "mistyped"},
}

# One file of a folder that may import more than the others.
ALONE = {
    # Of a private key it keeps whether it is the certificate's, and nothing else.
    "core/parse": {"certificates"},
    "commands/lab": {"lab"},
    # The played webhook refuses what the model says that the real one refuses; the rest of the
    # lab knows no controller, or its routes would be judged by whoever made them.
    "lab/kubelet/webhook": {"controllers", "core"},
}

# Of each library: the only files or folders that may import it.
LIBRARIES: dict[str, set[str]] = {
    "typer": {"__main__", "cli", "mistyped", "options", "commands", "completion/grammar"},
    # core's one exception: paths are PCRE to nginx.
    "pcre2": {"core"},
    "kubernetes": {"ports/pool"},
    "msgspec": {"ports/pages"},
    "urllib3": {"ports/cluster", "ports/limits", "ports/pool", "ports/unreachable"},
    "httpx": {"ports/probe_http2", "ports/download"},
    "httpcore": {"ports/probe_http2"},
    "h2": {"ports/probe_http2"},
    "h11": {"dataplane", "lab", "ports/probe_http1"},
    "dns": {"ports/dns", "ports/names"},
    "yaml": {"ports"},
    "tabulate": {"render"},
    "cryptography": {"certificates", "lab/certs"},
    "jsonpath": {"ports/json_path"},
}
# These folders may import their library at the top: nobody imports them at the top.
HEAVY_AT_TOP = {"ports", "lab"}
LIGHT = {"typer", "pcre2"}
# What records are made of, and so everybody's.
RECORDS = {"msgspec.Struct", "msgspec.field", "msgspec.structs.replace", "msgspec.structs.asdict"}

# What is imported to print help or to complete a word; the rest waits for a function.
AT_START = {"__init__", "__main__", "cli", "commands", "completion", "connection"} | {
    "entrypoint",
    "env",
    "errors",
    "options",
    "registry",
}
LATE = {"ports", "controllers", "providers", "install", "inventory", "scaffold", "convert"} | {
    "recipes",
    "dataplane",
    "doctor",
    "fixing",
    "lab",
    "lint",
    "linting",
    "livechoice",
    "livetable",
    "routing",
    "testing",
    "tracing",
}
# The model costs 10 ms; these modules have nothing of it.
LIGHT_CORE = {"duration", "text"}


@dataclass(frozen=True)
class Import:
    """One imported module; `late` inside a function, `typing` for type checkers only."""

    module: str
    line: int
    late: bool
    typing: bool


def imports(tree: ast.AST, late: bool = False, typing: bool = False) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, late, typing)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            # from package import name: the name may be a module.
            names = [f"{module}.{alias.name}" for alias in node.names]
            for name in names if module.split(".")[0] in (NAME, "msgspec") else [module]:
                yield Import(name, node.lineno, late, typing)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for inner in node.body:
                yield from imports(ast.Module([inner], []), late, True)
            for inner in node.orelse:
                yield from imports(ast.Module([inner], []), late, typing)
        else:
            function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from imports(node, late or function, typing)


def broken_rules(file: str, source: str) -> list[str]:
    """What is wrong with the imports of one file; `file` is relative to the package."""
    return [
        f"{file}:{found.line} imports {found.module}: {problem}"
        for found in imports(ast.parse(source))
        if (problem := problem_of(file.removesuffix(".py"), found))
    ]


def problem_of(place: str, found: Import) -> str:
    layer = place.split("/")[0]
    if layer not in LAYERS:
        return f"{layer} is not in LAYERS: say there what it may import"
    library, *rest = found.module.split(".")
    if library == NAME:
        return problem_of_ours(place, found, rest[0] if rest else "__init__")
    if not library:
        return "relative imports hide where things come from"
    if found.module == "importlib" and layer != "registry":
        return "modules are found by registry.py alone"
    if library == "dataclasses":
        return "records are Structs: see core/records.py"
    if library in sys.stdlib_module_names or found.module in RECORDS:
        return ""
    if any(part.startswith("_") for part in rest):
        return "private"
    allowed = LIBRARIES.get(library, set())
    if not any(place == one or place.startswith(f"{one}/") for one in allowed):
        return f"{library} belongs to {', '.join(sorted(allowed)) or 'nobody'}"
    at_top = not (found.late or found.typing)
    if at_top and library not in LIGHT and layer not in HEAVY_AT_TOP:
        return "too heavy for a module's top"
    return ""


def problem_of_ours(place: str, found: Import, target: str) -> str:
    layer, _, module = place.partition("/")
    allowed = LAYERS[layer] | ALONE.get(place, set())
    if target not in allowed | {layer}:
        return f"{layer} may import {', '.join(sorted(allowed)) or 'nothing of ours'}"
    # A command's own module, with an underscore, is no command and waits too.
    at_start = layer in AT_START and not module.startswith("_")
    if not at_start or found.late or found.typing:
        return ""
    heavy_core = target == "core" and not LIGHT_CORE & {*found.module.split(".")[2:3]}
    if target in LATE or heavy_core:
        return "too heavy for the start: import it inside the function"
    return ""


FILES = {str(path.relative_to(PACKAGE)): path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}


@pytest.mark.parametrize("file", FILES)
def test_imports(file: str) -> None:
    assert broken_rules(file, FILES[file]) == []


@pytest.mark.parametrize("file", FILES)
def test_length(file: str) -> None:
    assert FILES[file].count("\n") < LONGEST


def test_every_library_is_where_it_may_be() -> None:
    for library, places in LIBRARIES.items():
        for place in places:
            assert (PACKAGE / place).is_dir() or (PACKAGE / f"{place}.py").is_file(), library


LATE_IMPORT = "def f() -> None:\n    import {}\n"


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("core/table.py", "from kubectl_ingress.ports import api"),
        ("core/table.py", "from kubectl_ingress import env"),
        ("core/table.py", LATE_IMPORT.format("kubectl_ingress.render.text")),
        ("core/table.py", "import msgspec"),
        ("core/table.py", "from msgspec import json"),
        ("core/table.py", "from dataclasses import dataclass"),
        ("controllers/kong.py", "import pcre2"),
        ("controllers/kong.py", "from kubectl_ingress.providers import aws"),
        ("render/table.py", "from kubectl_ingress.commands import test"),
        ("render/table.py", LATE_IMPORT.format("kubectl_ingress.ports.files")),
        ("render/table.py", "import tabulate"),
        ("ports/api.py", "from kubectl_ingress.render import route_result"),
        ("ports/api.py", "from kubectl_ingress.install import plan"),
        ("ports/api.py", "import kubernetes.client"),
        ("ports/files.py", "from httpx import Client"),
        ("install/plan.py", LATE_IMPORT.format("kubectl_ingress.commands.test")),
        ("install/plan.py", "from kubectl_ingress.cli import build"),
        ("install/plan.py", "import yaml"),
        ("certificates.py", "import cryptography"),
        ("scaffold/objects.py", LATE_IMPORT.format("cryptography")),
        ("commands/test.py", "from kubectl_ingress.ports import api"),
        ("commands/test.py", "import click"),
        ("commands/test.py", "from typer._click import core"),
        ("commands/test.py", LATE_IMPORT.format("kubectl_ingress.lab")),
        ("commands/test.py", LATE_IMPORT.format("tests.fakes")),
        ("commands/test.py", LATE_IMPORT.format("importlib")),
        ("commands/test.py", "from . import install"),
        ("entrypoint.py", "from kubectl_ingress.ports import api"),
        ("entrypoint.py", "import kubectl_ingress.core"),
        ("entrypoint.py", "from kubectl_ingress.core.objects import Snapshot"),
        ("options.py", "if True:\n    import kubectl_ingress.ports.cluster"),
        ("brandnew/thing.py", "import json"),
        ("lab/api.py", "from kubectl_ingress import core"),
    ],
)
def test_a_broken_rule_is_seen(file: str, source: str) -> None:
    assert len(broken_rules(file, source)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        (
            "core/patterns.py",
            "import pcre2\nimport re\nfrom kubectl_ingress.errors import InputError",
        ),
        ("commands/test.py", LATE_IMPORT.format("kubectl_ingress.ports.api")),
        ("commands/lab.py", LATE_IMPORT.format("kubectl_ingress.lab.home")),
        (
            "commands/test.py",
            "if TYPE_CHECKING:\n    from kubectl_ingress.ports.cluster import Cluster",
        ),
        ("certificates.py", LATE_IMPORT.format("cryptography.x509")),
        ("ports/cluster.py", "from kubectl_ingress.core.text import printable"),
        ("ports/pool.py", "import kubernetes"),
        ("core/table.py", "from msgspec import Struct, field"),
        ("commands/_install_board.py", "from kubectl_ingress.install.plan import Plan"),
    ],
)
def test_what_the_rules_allow(file: str, source: str) -> None:
    assert broken_rules(file, source) == []
