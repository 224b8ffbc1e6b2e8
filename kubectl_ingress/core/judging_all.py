"""The verdict of many answers: of each for itself, and of what they show together."""

from __future__ import annotations

import shlex
from itertools import pairwise

from msgspec.structs import replace

from kubectl_ingress.core.commands import command
from kubectl_ingress.core.intervals import CONFIDENCE, share_interval
from kubectl_ingress.core.repetition import Mode, Run
from kubectl_ingress.core.request import Decision
from kubectl_ingress.core.tally import Share, Tally, pods_of, shared_pods
from kubectl_ingress.core.verdict import Verdict

NO_CANARY = "KI126"


def judge_all(tally: Tally, decision: Decision, run: Run, trace: str) -> Verdict:
    """What the shell is told. There is an answer; `trace` is a command that shows the way."""
    if tally.first_failed is not None:
        return _failed(tally.first_failed, tally, run)
    together = _split(tally, decision, trace) or _command(run) or _part(tally, run)
    together = together or _few(tally, run)
    if together is not None:
        return together
    return tally.remark or tally.passed or Verdict("ok", "as expected")


def _failed(first: Verdict, tally: Tally, run: Run) -> Verdict:
    if run.repetition.once:
        return first
    if run.repetition.mode is Mode.UNTIL_FAIL:
        counted = f"request {tally.requests} failed after {run.elapsed:.1f} s: {first.sentence}"
        return replace(first, sentence=counted)
    meanwhile = ""
    if run.command is not None:
        meanwhile = f" while {shlex.join(run.command.words)} ran"
        if run.command.status:
            meanwhile += f" (which failed with status {run.command.status})"
    counted = f"{tally.failed} of {tally.requests} requests failed{meanwhile}"
    return replace(first, sentence=f"{counted}; the first: {first.sentence}")


def _split(tally: Tally, decision: Decision, trace: str) -> Verdict | None:
    """Where the requests are not shared out as predicted."""
    without = next((f for f in decision.findings if f.code == NO_CANARY), None)
    # A single request says nothing of shares: then it is a word, and no failure.
    level = "error" if tally.requests > 1 else "warning"
    if without is not None:
        return Verdict(level, without.message, NO_CANARY, without.fix)
    backends = decision.outcome.backends
    shared = shared_pods(backends) if len(backends) > 1 else frozenset()
    if shared:
        both = " and ".join(str(b) for b in backends if pods_of(b) & shared)
        sentence = f"{both} lead to the same pods ({min(shared)}), so there is no split"
        fix = command("get", "services", "-n", backends[0].namespace, "-o", "wide")
        return Verdict(level, sentence, NO_CANARY, fix)
    off = [share for share in tally.split if not share.fits]
    if off:
        # The one that was to get less is the canary.
        canary = min(off, key=lambda share: share.predicted)
        return Verdict("warning" if decision.uncertain else "error", _off(canary), "KI125", trace)
    return None


def _off(share: Share) -> str:
    low, high = share.interval
    return (
        f"{share.backend} should get {share.predicted:.1%} of the requests and got"
        f" {share.measured:.1%}: {share.answers} of {share.total}, which leaves room for a true"
        f" share between {low:.1%} and {high:.1%} ({CONFIDENCE:.1%} interval)"
    )


def _part(tally: Tally, run: Run) -> Verdict | None:
    """Where Ctrl-C came before the end that was asked for."""
    repetition = run.repetition
    if not run.interrupted or repetition.endless:
        return None
    of = f" of {repetition.count}" if repetition.count is not None else ""
    sentence = (
        f"interrupted after {run.elapsed:.1f} s: {tally.requests}{of} requests were sent, and none"
        " of them failed"
    )
    return Verdict("warning", sentence)


def _command(run: Run) -> Verdict | None:
    end = run.command
    if end is None or end.status == 0 or run.interrupted:
        return None
    words = shlex.join(end.words)
    return Verdict(
        "error", f"no request failed, but {words} ended with status {end.status}", "KI127"
    )


def _few(tally: Tally, run: Run) -> Verdict | None:
    """Where a command ended so soon that most requests may be lost, and nobody would know."""
    end = run.command
    if end is None or run.interrupted:
        return None
    _, lost = share_interval(0, tally.requests)
    if lost <= 0.5:
        return None
    sent = "1 request was" if tally.requests == 1 else f"{tally.requests} requests were"
    sentence = (
        f"only {sent} sent, too few to show a loss: {shlex.join(end.words)} ended after"
        f" {end.seconds:.1f} s, perhaps before what it began"
    )
    return Verdict("warning", sentence, fix=_waiting(end.words))


def _waiting(words: tuple[str, ...]) -> str:
    """To have the same command end when the rollout does; "" for one that begins none."""
    pairs = list(pairwise(words))
    if words[0].rpartition("/")[2] != "kubectl" or ("rollout", "restart") not in pairs:
        return ""
    verb = pairs.index(("rollout", "restart")) + 1
    status = (*words[:verb], "status", *words[verb + 1 :])
    both = f"{shlex.join(words)} && {shlex.join(status)}"
    return f"wait for the rollout too: --during -- {shlex.join(('sh', '-c', both))}"
