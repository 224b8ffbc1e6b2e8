"""``kubectl ingress test --all``: what its tests leave out is told, and they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import InputError, NotReady
from kubectl_ingress.testing.own_specs import OwnSpec, saved
from kubectl_ingress.testing.specs import Spec

_LEFT_OUT_SHOWN = 10


def own_tests(
    environment: Environment,
    found: Sequence[OwnSpec],
    save: str,
    told: set[str],
    context: str = "",
    again: str = "kubectl ingress list",
) -> list[Spec]:
    """The tests that there are, written to the new file `save`, "" for none.

    What is `told` is not said again; `again` is the command that lists the routes. Raises
    NotReady where there is no test, and InputError where the file is there already or cannot
    be written.
    """
    left_out = [line for one in found for line in one.left_out]
    _tell(environment, _left_out(left_out, context, again), told)
    if save:
        _save(save, saved(found))
        tests = sum(len(one.spec.tests.tests) for one in found if one.spec is not None)
        line = f"wrote {tests} test{'s' * (tests != 1)} to {save}"
        print(printable(line), file=environment.stderr, flush=True)
    specs = [one.spec for one in found if one.spec is not None]
    if not specs:
        raise NotReady("there is no route to test", again)
    return specs


def _left_out(left_out: Sequence[str], context: str, again: str) -> list[str]:
    head = f"{context}: not tested" if context else "not tested"
    lines = [f"{head}: {line}" for line in left_out[:_LEFT_OUT_SHOWN]]
    if len(left_out) > len(lines):
        lines.append(f"{head}: {len(left_out) - len(lines)} more; {again}")
    return lines


def _tell(environment: Environment, lines: Sequence[str], told: set[str]) -> None:
    """Each line once."""
    for line in lines:
        if line not in told:
            print(printable(line), file=environment.stderr, flush=True)
    told |= {*lines}


def _save(name: str, text: str) -> None:
    """Never in place of a file that somebody may have written or corrected by hand."""
    place = Path(name)
    try:
        if place.is_file():
            raise InputError(
                f"{name} is there already", "move it away, or name another: --save FILE"
            )
        place.write_text(text, "utf-8")
    except OSError as error:
        sentence = f"{name} cannot be written: {error.strerror or error}"
        raise InputError(sentence, "name another file: --save FILE") from error
