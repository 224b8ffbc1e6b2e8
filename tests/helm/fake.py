"""A program called helm that answers what a test has written down, and notes how it was called."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SCRIPT = """\
#!{python}
import json, os, pathlib, signal, sys, time
here = pathlib.Path({here!r})
answers = json.loads((here / "answers.json").read_text())
words = sys.argv[1:]
# Not read where nobody writes, such as in a plain `version`.
told = {{"words": words, "env": dict(os.environ), "stdin": sys.stdin.read()}}
if "--destination" in words:
    told["mode"] = os.stat(words[words.index("--destination") + 1]).st_mode & 0o777
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(told) + "\\n")
found = [answers[key] for key in (" ".join(words[:2]), words[0]) if key in answers]
answer = found[0] if found else {{}}
if isinstance(answer, list):
    number = sum(json.loads(line)["words"][0] == words[0] for line in (here / "calls").open())
    answer = answer[min(number, len(answer)) - 1]
if answer.get("seconds"):
    def stop(number, frame):
        (here / "stopped").write_text(signal.Signals(number).name)
        sys.exit(1)
    signal.signal(signal.SIGTERM, stop)
    (here / "begun").touch()
    time.sleep(answer["seconds"])
if words[0] == "pull" and not answer.get("status"):
    for name in answer.get("files", ["chart.tgz"]):
        pathlib.Path(words[words.index("--destination") + 1], name).write_bytes(b"a chart")
sys.stdout.write(answer.get("out", ""))
sys.stderr.write(answer.get("err", ""))
sys.exit(answer.get("status", 0))
"""

VERSION = {"out": "v3.22.0"}
NO_RELEASE = {"status": 1, "err": "Error: release: not found\n"}
NOTHING: dict[str, Any] = {"version": VERSION, "history": NO_RELEASE}


@dataclass(frozen=True)
class Call:
    """One call, as it came; `mode` is that of the directory where it was to put something."""

    words: list[str]
    env: dict[str, str]
    stdin: str
    mode: int = 0

    @property
    def values(self) -> Any:
        """The values that were given on its standard input."""
        return json.loads(self.stdin)


@dataclass
class FakeHelm:
    """The program; `answers` by its first one or two words, or a list of one for each call."""

    directory: Path
    answers: dict[str, Any] = field(default_factory=lambda: dict(NOTHING))

    def __post_init__(self) -> None:
        program = self.directory / "bin/helm"
        program.parent.mkdir()
        program.write_text(_SCRIPT.format(python=sys.executable, here=str(self.directory)))
        program.chmod(0o755)
        self.answer()

    def answer(self, **answers: Any) -> None:
        """From now on; the keyword ``get_values`` is for ``get values``."""
        self.answers |= {key.replace("_", " "): value for key, value in answers.items()}
        (self.directory / "answers.json").write_text(json.dumps(self.answers))

    @property
    def variables(self) -> dict[str, str]:
        """An environment in which it is found, and nothing else is."""
        return {"PATH": str(self.directory / "bin"), "HOME": str(self.directory)}

    @property
    def calls(self) -> list[Call]:
        """All that came, the first one first."""
        file = self.directory / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        return [Call(**json.loads(line)) for line in lines]

    def last(self, *verb: str) -> Call:
        """The last call of this verb."""
        return [each for each in self.calls if each.words[: len(verb)] == [*verb]][-1]

    @property
    def verbs(self) -> list[str]:
        """The first word of each call."""
        return [each.words[0] for each in self.calls]
