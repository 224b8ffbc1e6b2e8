"""Dependencies point inwards: every import of the package, read from its source.

The tables are the design; imports inside functions and for type checkers count
like all others. A new folder or library is entered here with a reason, or not
used.
"""

from __future__ import annotations

import ast
import re
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
    "entrypoint": ROUTING | OUTSIDE | {"controllers", "livechoice"},
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
    # Which names --controller knows, imported once somebody asks.
    "completion/suggest": {"controllers"},
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
    "socks": {"ports/unreachable"},
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
LIGHT_CORE = {"commands", "duration", "private", "text"}

# Text with a command in it is written by core/commands.py, which quotes what others wrote. Where
# an f-string may do it, of each file or folder which values (all where none is named), and why.
UNQUOTED: dict[str, tuple[set[str], str]] = {
    "install": (set(), "names that the API server has let pass, and none of a file"),
    "commands/_install_built_in": ({"asked.name"}, "a controller that we know"),
    "commands/_install_chart": ({"asked.name", "job.name"}, "a controller that we know"),
    "commands/_install_nginx": ({"follow_up"}, "words of ours"),
    "commands/_install_recipe": (
        {"asked.name", "self._asked.name", "named"},
        "a controller that we know, and a word of ours",
    ),
    "commands/_route_specs": ({"flag"}, "a flag of ours"),
    "commands/upgrade": ({"controller"}, "a controller that we know"),
    "completion/placement": ({"self._plugin.replace('_', '-')"}, "the name of this program"),
    "doctor/checks/plugin": (set(), "sentences, no commands"),
    "doctor/engine": (set(), "a sentence, no command"),
}


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


def unquoted(file: str, source: str) -> list[str]:
    """The values that a file formats into a line with ``kubectl`` before them, and may not."""
    place = file.removesuffix(".py")
    allowed = [values for one, (values, _) in UNQUOTED.items() if f"{place}/".startswith(f"{one}/")]
    return [
        f"{file}:{node.lineno} formats {value}: write the command with core/commands.py"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.JoinedStr)
        for value in formatted_into_commands(node)
        if not any(not values or value in values for values in allowed)
    ]


_COMMAND = re.compile(r"(^|[;&|] )kubectl ")


def formatted_into_commands(node: ast.JoinedStr) -> Iterator[str]:
    line = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            line = (line + str(part.value)).rpartition("\n")[2]
        elif isinstance(part, ast.FormattedValue):
            value = ast.unparse(part.value)
            if _COMMAND.search(line) and not value.startswith(("shlex.quote(", "shlex.join(")):
                yield value
            line += "VALUE"


@pytest.mark.parametrize("file", FILES)
def test_commands_are_quoted(file: str) -> None:
    assert unquoted(file, FILES[file]) == []


@pytest.mark.parametrize("place", UNQUOTED)
def test_what_may_be_unquoted_is_there(place: str) -> None:
    """An entry that nothing needs any more goes."""
    values, _ = UNQUOTED[place]
    trees = [ast.parse(text) for file, text in FILES.items() if file.startswith(place)]
    strings = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.JoinedStr)]
    found = {value for node in strings for value in formatted_into_commands(node)}
    assert found
    assert values <= found


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("f'kubectl get service {name}{flag}'", 2),
        ("f'kubectl ingress test ' f'{request.url}'", 1),
        ("f'{why}\\nkubectl edit ingress {name}'", 1),
        ("f'{made} && kubectl patch ingress {name}'", 1),
        ("f'kubectl ingress doctor\\n{again} --via pod'", 0),
        ("f'{again} --wait 5m'", 0),
        ("f'kubectl get service {shlex.quote(name)}'", 0),
        ("command('get', 'service', name)", 0),
    ],
)
def test_an_unquoted_value_is_seen(source: str, count: int) -> None:
    assert len(unquoted("core/table.py", source)) == count


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
