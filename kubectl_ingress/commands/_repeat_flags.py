"""The flags of ``kubectl ingress test`` that send a request more than once."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from msgspec import Struct

from kubectl_ingress.core.duration import parse_duration
from kubectl_ingress.core.repetition import Mode, Repetition
from kubectl_ingress.errors import UsageError

Count = Annotated[
    int | None,
    typer.Option(
        "--count",
        min=1,
        metavar="N",
        show_default=False,
        help="Send it N times and show which pods answer.",
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option(
        "--concurrency",
        min=1,
        max=1000,
        metavar="N",
        show_default=False,
        help="Wait for N answers at a time at most; default 1, with a rate 32.",
    ),
]
Duration = Annotated[
    str, typer.Option("--duration", metavar="TIME", help="Send it for so long: 30s, 5m.")
]
Rate = Annotated[
    str, typer.Option("--rate", metavar="N[/s|/m]", help="Start so many a second, or a minute.")
]
Watch = Annotated[
    bool,
    typer.Option("--watch", help="Go on until Ctrl-C, and tell what changes; --rate 1 by default."),
]
UntilFail = Annotated[
    bool,
    typer.Option("--until-fail", help="Go on until a request fails; --rate 10 by default."),
]
During = Annotated[
    bool,
    typer.Option(
        "--during",
        help="Go on while the command after -- runs, and tell what was lost; --rate 10 by default.",
    ),
]
Command = Annotated[
    list[str] | None,
    typer.Argument(metavar="[-- COMMAND ARGUMENTS…]", help="For --during.", show_default=False),
]

_USUAL_RATE = {Mode.WATCH: 1.0, Mode.UNTIL_FAIL: 10.0, Mode.DURING: 10.0}
# So that a rate is kept while answers are slow, or do not come.
_AT_A_TIME = 32
_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/(s|m))?")
_DURING = "kubectl ingress test /PATH --during -- COMMAND ARGUMENTS…"


class Typed(Struct, frozen=True):
    """What was typed; None and "" where nothing was."""

    count: int | None = None
    concurrency: int | None = None
    duration: str = ""
    rate: str = ""
    watch: bool = False
    until_fail: bool = False
    during: bool = False
    command: tuple[str, ...] = ()


def parse_repetition(typed: Typed) -> Repetition:
    """Raises UsageError for what is no number, and for what does not go together."""
    mode = _mode(typed)
    if mode is Mode.DURING and (typed.count is not None or typed.duration):
        flag = "--duration" if typed.duration else "--count"
        raise UsageError(f"{flag} does not go with --during", "the command's end is the end")
    if mode is Mode.DURING and not typed.command:
        raise UsageError("--during needs a command", _DURING)
    if mode is not Mode.DURING and typed.command:
        extra = typed.command[0]
        where = f"files come after -f\na command needs --during: {_DURING}"
        raise UsageError(f"{extra!r} is one word too many", where)
    duration = parse_duration(typed.duration, "--duration") if typed.duration else None
    if duration == 0:
        raise UsageError("--duration must be more than 0", "example: --duration 30s")
    rate = parse_rate(typed.rate) if typed.rate else _USUAL_RATE.get(mode)
    count = typed.count
    if count is None and duration is None and mode is Mode.COUNTED:
        if typed.rate or typed.concurrency:
            flag = "--rate" if typed.rate else "--concurrency"
            raise UsageError(f"{flag} needs to know when to end", "--count N, or --duration TIME")
        count = 1
    concurrency = typed.concurrency or (1 if rate is None else _AT_A_TIME)
    return Repetition(count, concurrency, duration, rate, mode, typed.command)


def _mode(typed: Typed) -> Mode:
    asked = {
        "--watch": (typed.watch, Mode.WATCH),
        "--until-fail": (typed.until_fail, Mode.UNTIL_FAIL),
        "--during": (typed.during, Mode.DURING),
    }
    chosen = [flag for flag, (is_asked, _) in asked.items() if is_asked]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} do not go together", "choose one")
    return asked[chosen[0]][1] if chosen else Mode.COUNTED


def parse_rate(text: str) -> float:
    """Requests per second from ``10``, ``10/s``, ``600/m``. Raises UsageError."""
    found = _RATE.fullmatch(text)
    rate = float(found[1]) / (60 if found[2] == "m" else 1) if found else 0.0
    if not 0 < rate <= 100_000:
        raise UsageError(f"--rate {text!r} is not a rate", "examples: 10, 10/s, 600/m")
    return rate
