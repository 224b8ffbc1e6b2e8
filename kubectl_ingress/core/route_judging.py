"""What is predicted for a request against what its test expects, and how a test ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.exchange import Exchange
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.question import status_fits
from kubectl_ingress.core.request import Backend, Decision, Outcome, OutcomeKind
from kubectl_ingress.core.route_test import BackendName, Expected, RouteTest

Value = bool | int | float | str | None | list[int | str] | dict[str, float]

# A share is met when it is this near, in per cent: weights of 1 and 2 are 33 and 67.
_NEAR = 0.5
# What is uncertain about a prediction, and a limit that the first request does not meet, are
# not why it is another one.
_BESIDE = ("KI110", "KI401", "KI405")
FORWARDED = 200
"""The status of a request that was sent on, while nobody asks the backend."""


class Status(StrEnum):
    """How a test ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    """It could not be judged."""
    UNCHECKED = "unchecked"
    """Nothing of what it expects can be checked this way."""


class Difference(Struct, frozen=True):
    """A field of `expect` that is not met."""

    field: str
    expected: Value
    actual: Value
    of: str = ""
    """In how many of the answers, "" where that needs no word: ``3 of 200``."""


class Unchecked(Struct, frozen=True):
    """A field of `expect` that could not be checked, and why."""

    field: str
    why: str


class Portion(Struct, frozen=True):
    """Of the answers, those of one backend; the interval is that of core.intervals, 0 to 1."""

    backend: str
    count: int
    total: int
    low: float
    high: float


class Judged(Struct, frozen=True):
    """One test with its end. `reason` is "" where it passed without a word.

    `outcome` is what is predicted, `notes` what is uncertain about that or came
    otherwise. `exchange` is what was sent, None where nothing was; `shares` were
    counted in it.
    """

    test: RouteTest
    status: Status
    reason: str = ""
    outcome: Outcome | None = None
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    exchange: Exchange | None = None
    shares: tuple[Portion, ...] = ()


class JudgedSpec(Struct, frozen=True):
    """All tests of one document with their ends; `source` is its file.

    `context` is the kubeconfig's of the cluster, "" where only one is asked.
    """

    source: str
    tests: tuple[Judged, ...]
    context: str = ""


def count(specs: Sequence[JudgedSpec], status: Status) -> int:
    """How many tests ended so."""
    return sum(one.status is status for spec in specs for one in spec.tests)


def judge_route(test: RouteTest, decision: Decision, snapshot: Snapshot) -> Judged:
    """One test against what was decided about its request; nothing was sent."""
    outcome = decision.outcome
    expected, unchecked = _without_untold_ports(test.expected, outcome, snapshot)
    differences = tuple(unlike_predicted(outcome, expected, snapshot))
    answers = expected.answer.named
    unchecked += tuple(Unchecked(name, "only an answer tells") for name in answers)
    if not differences:
        told = not answers or len(answers) < len(expected.named)
        status = Status.PASSED if told else Status.UNCHECKED
        return Judged(test, status, outcome=outcome, notes=doubts(decision), unchecked=unchecked)
    reason = sentences(differences)
    if outcome.kind is OutcomeKind.UNDEFINED and not expected.undefined:
        reason = "undefined: " + ", or ".join(map(shown, outcome.candidates))
    else:
        why = next((one for one in decision.findings if one.code not in _BESIDE), None)
        if why is not None:
            reason += f" ({why.code}: {why.message})"
        elif outcome.kind is not OutcomeKind.FORWARD and differences[0].field != "status":
            reason += f" ({shown(outcome)})"
    notes = doubts(decision)
    return Judged(test, Status.FAILED, reason, outcome, differences, notes, unchecked)


def _without_untold_ports(
    expected: Expected, outcome: Outcome, snapshot: Snapshot
) -> tuple[Expected, tuple[Unchecked, ...]]:
    """The same without ports that only a Service which is in no file could tell to be one."""
    untold = {
        name: f"no Service {name.namespace}/{name.service} in the files tells which port"
        f" {name.port} is, and port {port} is predicted"
        for name in (expected.backend, *(name for name, _ in expected.weights))
        if name is not None and (port := _untold_port(name, outcome, snapshot))
    }
    if not untold:
        return expected, ()
    backend = expected.backend
    found = {
        "backend": backend is not None and untold.get(backend),
        "weight": next((untold[name] for name, _ in expected.weights if name in untold), None),
    }
    if backend in untold:
        backend = replace(backend, port="")
    weights = tuple(
        (replace(name, port="") if name in untold else name, share)
        for name, share in expected.weights
    )
    unchecked = tuple(Unchecked(name, why) for name, why in found.items() if why)
    return replace(expected, backend=backend, weights=weights), unchecked


def _untold_port(name: BackendName, outcome: Outcome, snapshot: Snapshot) -> str:
    """The port that may be the one of the name, "" where it is known whether it is."""
    if not name.port or (name.namespace, name.service) in snapshot.service_by_key:
        return ""
    for one in (outcome, *outcome.candidates):
        for backend in one.backends:
            same = (backend.namespace, backend.service) == (name.namespace, name.service)
            if same and backend.port.isdecimal() is not name.port.isdecimal():
                return backend.port
    return ""


def doubts(decision: Decision) -> tuple[str, ...]:
    """What the prediction is uncertain about."""
    found = (one.message for one in decision.findings if one.code in ("KI401", "KI110"))
    return tuple(f"uncertain: {message}" for message in dict.fromkeys(found))


def sentences(differences: Sequence[Difference]) -> str:
    """All of them in one sentence."""
    return "; ".join(map(_sentence, differences))


def not_judged(test: RouteTest, why: str) -> Judged:
    """A test that could not be judged at all."""
    return Judged(test, Status.ERROR, why)


def unlike_predicted(
    outcome: Outcome, expected: Expected, snapshot: Snapshot
) -> Iterator[Difference]:
    """What of the expectations the prediction does not meet."""
    undefined = outcome.kind is OutcomeKind.UNDEFINED
    if undefined is not expected.undefined:
        yield Difference("undefined", expected.undefined, undefined)
        return
    if not undefined:
        yield from _unlike(outcome, expected, snapshot)
        return
    # What else is expected of chance: that one of the candidates is it.
    beside = replace(expected, undefined=False)
    unlike = [list(unlike_predicted(one, beside, snapshot)) for one in outcome.candidates]
    if unlike:
        yield from min(unlike, key=len)


def _unlike(outcome: Outcome, expected: Expected, snapshot: Snapshot) -> Iterator[Difference]:
    refused = outcome.kind is OutcomeKind.REFUSED
    if expected.refused is not None and expected.refused is not refused:
        yield Difference("refused", expected.refused, refused)
    statuses = _statuses(outcome)
    fits = statuses and all(has_status(int(one), expected.statuses) for one in statuses)
    if expected.statuses and not fits:
        yield Difference("status", _written(expected.statuses), _written(statuses))
    yield from _other_backends(outcome, expected, snapshot)
    for field, wanted, actual in (
        ("upstreamPath", expected.upstream_path, outcome.upstream_path),
        ("location", expected.location, outcome.location),
    ):
        if wanted is not None and wanted != actual:
            yield Difference(field, wanted, actual)


def _statuses(outcome: Outcome) -> tuple[int | str, ...]:
    """All that a client may get, () where nobody answers."""
    if outcome.kind is not OutcomeKind.FORWARD:
        return () if outcome.status is None else (outcome.status,)
    shares = outcome.backends or (None,)
    return tuple(dict.fromkeys((one and one.status) or FORWARDED for one in shares))


def has_status(status: int, wanted: tuple[int | str, ...]) -> bool:
    """Whether it is one of them, or of one of their classes."""
    return any(status_fits(status, str(one)) for one in wanted)


def _written(statuses: tuple[int | str, ...]) -> Value:
    return None if not statuses else statuses[0] if len(statuses) == 1 else list(statuses)


def _other_backends(
    outcome: Outcome, expected: Expected, snapshot: Snapshot
) -> Iterator[Difference]:
    shares = _shares(outcome)
    name = expected.backend
    if name is not None:
        found = [is_backend(one, name, snapshot) for one in shares]
        # Where weights are told, it need not be the only one.
        if not (any(found) if expected.weights else found and all(found)):
            yield Difference("backend", str(name), _listed(shares))
    actual = [_share(shares, name, snapshot) for name, _ in expected.weights]
    wanted = [weight for _, weight in expected.weights]
    if any(abs(one - other) > _NEAR for one, other in zip(actual, wanted, strict=True)):
        names = [str(name) for name, _ in expected.weights]
        if names == [str(expected.backend)]:
            yield Difference("weight", wanted[0], actual[0])
        else:
            yield Difference(
                "weight",
                dict(zip(names, wanted, strict=True)),
                dict(zip(names, actual, strict=True)),
            )


def _share(shares: dict[Backend, int], name: BackendName, snapshot: Snapshot) -> float:
    """The share of a backend in per cent."""
    total = sum(shares.values())
    found = sum(share for one, share in shares.items() if is_backend(one, name, snapshot))
    return round(100 * found / total, 1) if total else 0.0


def _shares(outcome: Outcome) -> dict[Backend, int]:
    """What takes requests, each with its weight."""
    return {one: one.weight for one in outcome.backends if one.weight}


def is_backend(backend: Backend, name: BackendName, snapshot: Snapshot) -> bool:
    """Whether requests reach this Service's port, by its number or its name."""
    if backend.status is not None:
        return False
    if (backend.namespace, backend.service) != (name.namespace, name.service):
        return False
    if name.port in ("", backend.port):
        return True
    service = snapshot.service_by_key.get((backend.namespace, backend.service))
    return service is not None and any(
        {name.port, backend.port} == {port.name, str(port.number)} for port in service.ports
    )


def _listed(shares: dict[Backend, int]) -> Value:
    if not shares:
        return None
    total = sum(shares.values())
    if len(shares) == 1:
        return str(next(iter(shares)))
    return ", ".join(f"{one} ({100 * share / total:.3g} %)" for one, share in shares.items())


def _sentence(difference: Difference) -> str:
    expected = difference.expected
    if isinstance(expected, list):
        expected = " or ".join(map(str, expected))
    sentence = f"{difference.field} is {_said(difference.actual)}, expected {_said(expected)}"
    return f"{sentence} (in {difference.of} answers)" if difference.of else sentence


def _said(value: Value) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {share:g} %" for name, share in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)


def shown(outcome: Outcome) -> str:
    """An outcome in a few words."""
    match outcome.kind:
        case OutcomeKind.FORWARD:
            return f"forward to {_listed(_shares(outcome))}"
        case OutcomeKind.REDIRECT:
            return f"{outcome.status} to {outcome.location}"
        case OutcomeKind.REPLY:
            return f"{outcome.status} by the controller itself"
        case OutcomeKind.REFUSED:
            return "refused"
    return "undefined"
