"""From findings to mended texts, a step at a time."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_ingress.core.fixes import Changed, Done, Held, Mended, Wish
from kubectl_ingress.fixing.judging import Judge
from kubectl_ingress.fixing.texts import edit_texts
from kubectl_ingress.fixing.wishes import alike_of, one_for_each_host, wishes_of
from kubectl_ingress.linting import Files, Look, look_at
from kubectl_ingress.ports.sources import Source, read_source

STEPS = 100
"""At most so many looks, of which each may mend a finding of every host."""

_TOO_MANY = f"not tried: {STEPS} edits of its host or before it were; mend some of them by hand"


def mend(files: Files) -> Mended:
    """All that is safe, in memory. Raises UsageError and InputError as reading does."""
    return _Mending(files).all()


class _Mending:
    def __init__(self, files: Files) -> None:
        self.files = files
        self.look = look_at(files)
        self.done: list[Done] = []
        self.held: list[Held] = []
        self.settled: set[object] = set()
        # Edits that are not without effect on requests, so that each has to be judged apart.
        self.felt: set[object] = set()
        self.has_moved = False

    def all(self) -> Mended:
        for _ in range(STEPS):
            wishes = self._open() or self._again()
            if not wishes:
                break
            alike = alike_of(wishes) or [one for one in wishes if one.key not in self.felt]
            if alike:
                self._step(alike, alike=True)
            else:
                self._step(one_for_each_host(wishes, self.look.snapshot), alike=False)
        self._hold([Held(one, _TOO_MANY) for one in self._open()])
        changed = (self._changed(source) for source in self.files.instead.values())
        return Mended(self.look.report, tuple(self.done), tuple(self.held), tuple(changed))

    def _open(self) -> list[Wish]:
        return [one for one in wishes_of(self.look.report) if one.key not in self.settled]

    def _again(self) -> list[Wish]:
        """What was held, where something was mended since: it may go now."""
        if not self.has_moved:
            return []
        self.has_moved = False
        self.settled -= {one.wish.key for one in self.held}
        self.held = []
        return self._open()

    def _step(self, wishes: list[Wish], alike: bool) -> None:
        """Mends as many as go well together; `alike` those that change no request at all."""
        while wishes:
            edited = edit_texts(wishes, self._read)
            self._hold(edited.held)
            wishes = [one.wish for one in edited.done]
            if not wishes:
                return
            files = replace(self.files, instead={**self.files.instead, **edited.sources})
            look = look_at(files)
            bad = Judge(self.look, look, wishes, alike).wrong()
            if not bad:
                self._accept(files, look, edited.done)
                return
            felt = {one for one in bad if alike and not one.mend.alike}
            self.felt |= {one.key for one in felt}
            self._hold([Held(one, why) for one, why in bad.items() if one not in felt])
            wishes = [one for one in wishes if one not in bad]

    def _accept(self, files: Files, look: Look, done: list[Done]) -> None:
        self.files, self.look = files, look
        self.done += done
        self.has_moved = True
        self.settled |= {one.wish.key for one in done}

    def _hold(self, held: list[Held]) -> None:
        self.held += held
        self.settled |= {one.wish.key for one in held}

    def _read(self, name: str) -> Source:
        return self.files.instead.get(name) or self._written(name)

    def _written(self, name: str) -> Source:
        """What is in the file, and stays there until all is decided."""
        return read_source("-" if name == "stdin" else name, self.files.stdin())

    def _changed(self, source: Source) -> Changed:
        return Changed(source.name, self._written(source.name).text, source.text)
