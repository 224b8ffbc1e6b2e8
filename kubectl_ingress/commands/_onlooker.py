"""What ``kubectl ingress test`` says while it waits, and while it sends again and again."""

from __future__ import annotations

from datetime import datetime

from kubectl_ingress.core.answer import Sent
from kubectl_ingress.core.repetition import Mode, Repetition
from kubectl_ingress.core.tally import Tally
from kubectl_ingress.core.verdict import Verdict
from kubectl_ingress.env import Environment
from kubectl_ingress.render.live_line import LiveLine
from kubectl_ingress.render.page import Page
from kubectl_ingress.render.reader import is_gone, is_pipe
from kubectl_ingress.render.route_watch import Change, State, change_json, change_line
from kubectl_ingress.render.text import seconds

_REDRAWN_SECONDS = 0.1


class Onlooker:
    """Tells on stderr what is missing, each thing once; on a terminal with the time that it took.

    Of many requests a terminal shows how many there were. When one watches, what
    changes is a line on stdout.
    """

    def __init__(self, environment: Environment, repetition: Repetition, *, as_json: bool) -> None:
        self._environment, self._repetition, self._json = environment, repetition, as_json
        self._terminal = environment.is_terminal(environment.stderr)
        self._line = LiveLine(environment.stderr, terminal=self._terminal)
        self._page = Page.of(environment.stderr, colour=False)
        # A program that shows what it reads on this terminal does not know of the line there.
        self._is_drawn = self._terminal and not is_pipe(environment.stdout)
        self._waits_for: Verdict | None = None
        self._begun = environment.monotonic()
        self._first: float | None = None
        self._drawn = float("-inf")
        self._told: set[str] = set()
        self._state: State | None = None
        self._alike, self._since = 0, 0.0

    def missing(self, verdict: Verdict) -> None:
        """See attempt.Onlooker."""
        self._waits_for = verdict
        news = f"{verdict.code}  {verdict.sentence}"
        elapsed = self._environment.monotonic() - self._begun
        self._tell(news, f" ({seconds(elapsed)})" if self._terminal else "")
        self._line.show(f"waiting since {seconds(elapsed)}: {verdict.code}")

    def note(self, text: str) -> None:
        """See attempt.Onlooker."""
        self._tell(text)

    def _tell(self, news: str, when: str = "") -> None:
        if news in self._told:
            return
        self._told.add(news)
        self._line.clear()
        print(self._page.event("waiting: ", news + when), file=self._environment.stderr, flush=True)

    def sent(self, tally: Tally, sent: Sent, verdict: Verdict) -> bool:
        """See attempt.Onlooker."""
        self._waits_for, mode = None, self._repetition.mode
        if mode is Mode.WATCH:
            self._notice(State.of(sent, verdict), sent)
        # While a command runs, what it prints is the progress.
        if self._is_drawn and mode is not Mode.DURING:
            self._draw(tally)
        return mode is not Mode.WATCH or not is_gone(self._environment.stdout)

    def interrupted(self) -> None:
        """Say what was still waited for."""
        self._line.clear()
        if self._waits_for is not None:
            elapsed = seconds(self._environment.monotonic() - self._begun)
            why = self._waits_for.code
            text = f"\nNot passed in {elapsed}: still {why}. Nothing was changed."
            print(text, file=self._environment.stderr)

    def close(self) -> None:
        """Leave the terminal to others."""
        self._line.clear()

    def _notice(self, state: State, sent: Sent) -> None:
        if self._state is not None and state.is_like(self._state):
            self._alike += 1
            return
        change = Change(state, sent, datetime.now().astimezone(), self._alike, self._since)
        self._state, self._alike, self._since = state, 1, sent.at
        self._line.clear()
        stdout = self._environment.stdout
        page = Page.of(stdout, colour=self._environment.has_colour(stdout))
        line = change_json(change) if self._json else change_line(change, page)
        print(line, file=stdout, flush=True)

    def _draw(self, tally: Tally) -> None:
        now = self._environment.monotonic()
        if self._first is None:
            self._first = now
        if now - self._drawn < _REDRAWN_SECONDS:
            return
        self._drawn = now
        count = self._repetition.count
        of = f" of {count}" if count is not None else ""
        failed = f", {tally.failed} failed" if tally.failed else ""
        word = "request" if tally.requests == 1 and not of else "requests"
        self._line.show(f"{tally.requests}{of} {word}{failed}, {seconds(now - self._first)}")
