"""The completer that kubectl runs as ``kubectl_complete-ingress``.

kubectl gives it all words after ``ingress``, of which the last one, maybe
empty, is being completed, and reads lines ``value<TAB>description`` and then
``:N`` (cobra's directives, https://pkg.go.dev/github.com/spf13/cobra#ShellCompDirective).
Nothing here imports the client library before a name in the cluster is asked
for: every Tab pays for what is imported.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus

FILES = 0
"""The shell goes on with the names of files."""
NO_FILES = 4


def complete(words: Sequence[str], environment: Environment) -> int:
    """Print what could stand in place of the last of `words`; the exit status."""
    from kubectl_ingress import cli
    from kubectl_ingress.completion.grammar import read_grammar
    from kubectl_ingress.completion.line import read_line
    from kubectl_ingress.completion.suggest import suggest

    # The last word is being completed: alone it stands for all that begin so.
    app = cli.build(words[0] if len(words) > 1 else "")
    try:
        found = suggest(read_line(read_grammar(app), words), environment)
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    for value, description in found.values:
        print(f"{value}\t{description}" if description else value, file=environment.stdout)
    print(f":{FILES if found.files else NO_FILES}", file=environment.stdout)
    return ExitStatus.OK
