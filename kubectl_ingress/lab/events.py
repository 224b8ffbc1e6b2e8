"""Events as the real components write them.

The scheduler uses events.k8s.io/v1, and whoever reads its events as core/v1 finds neither
firstTimestamp nor source there; all others still have client-go's older recorder (core/v1).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field

from kubectl_ingress.lab.api import STRATEGIC, Api, ApiError, Json
from kubectl_ingress.lab.metadata import key_of, uid_of
from kubectl_ingress.lab.times import now, written_precisely

# As client-go's correlator has them (tools/record/events_cache.go).
REMEMBERED = 4096
SIMILAR, SIMILAR_SECONDS = 10, 600.0
BURST, REFILL_SECONDS = 25, 300.0
COMBINED = "(combined from similar events): "


class _Similar(Struct):
    """The texts of events that differ in nothing else, and when the last one came."""

    texts: set[str] = field(default_factory=set)
    last: float = 0.0


class _Budget(Struct):
    """How many more events about one object are written for now."""

    left: float = float(BURST)
    since: float = 0.0


class Correlator:
    """What keeps a controller in trouble from flooding the API server with events.

    From the tenth text on, events about one object with the same reason are combined; of one
    type there are 25 about an object at once, and then one in five minutes.
    """

    def __init__(self) -> None:
        self._similar: dict[tuple[str, str], _Similar] = {}
        self._budgets: dict[str, _Budget] = {}

    def text_of(self, uid: str, reason: str, text: str, now: float) -> str:
        """The text to write for an event; `now` is in seconds of any clock."""
        similar = self._similar.setdefault((uid, reason), _Similar())
        if now - similar.last > SIMILAR_SECONDS:
            similar.texts.clear()
        similar.last = now
        similar.texts.add(text)
        _bounded(self._similar)
        if len(similar.texts) < SIMILAR:
            return text
        similar.texts.pop()
        return COMBINED + text

    def may_write(self, key: str, now: float) -> bool:
        """Whether one more event of a type about an object may be written."""
        budget = self._budgets.setdefault(key, _Budget(since=now))
        _bounded(self._budgets)
        refilled = (now - budget.since) / REFILL_SECONDS
        budget.left, budget.since = min(BURST, budget.left + refilled), now
        if budget.left < 1:
            return False
        budget.left -= 1
        return True


class Recorder:
    """Writes the events of one component; a repeated one raises its count.

    `agent` is the program that it belongs to, `host` the machine it is on.
    """

    def __init__(self, api: Api, component: str, agent: str, host: str = "") -> None:
        self._api, self._component, self._agent, self._host = api, component, agent, host
        self._correlator = Correlator()
        self._written: dict[tuple[str, str, str], tuple[str, int]] = {}

    async def normal(self, about: Json, reason: str, text: str) -> None:
        """Something happened as it should."""
        await self.write(about, "Normal", reason, text)

    async def warning(self, about: Json, reason: str, text: str) -> None:
        """Something did not."""
        await self.write(about, "Warning", reason, text)

    async def write(self, about: Json, kind: str, reason: str, text: str) -> None:
        """An event of type `kind` (Normal, Warning) about an object."""
        uid, moment = uid_of(about), time.monotonic()
        text = self._correlator.text_of(uid, reason, text, moment)
        # All combined ones are one event, whose text is that of the last.
        key = uid, reason, COMBINED if text.startswith(COMBINED) else text
        name, count = self._written.pop(key, ("", 0))
        count += 1
        untaken: tuple[type[Exception], ...] = (ApiError, *self._api.lost)
        try:
            if self._correlator.may_write(f"{uid} {kind}", moment) and not (
                name and await self._repeat(about, name, count, text)
            ):
                name, count = _name(about), 1
                await self._create(about, name, kind, reason, text)
        except untaken:
            # No work waits for its event: a terminating namespace takes none, and a write that a
            # lost connection broke off may not be sent twice.
            return
        self._written[key] = name, count
        _bounded(self._written)

    async def _repeat(self, about: Json, name: str, count: int, text: str) -> bool:
        """Raise the count of an event; False when it is gone by now."""
        changes = {"count": count, "lastTimestamp": now(), "message": text}
        try:
            path = f"{_collection(about)}/{name}"
            await self._api.patch(path, changes, STRATEGIC, self._agent)
        except ApiError as error:
            if error.status == 404:
                return False
            raise
        return True

    async def _create(self, about: Json, name: str, kind: str, reason: str, text: str) -> None:
        moment = now()
        # The combined ones are made elsewhere, and do not say who reports.
        reporter = ("", "") if text.startswith(COMBINED) else (self._component, self._host)
        body = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": _namespace(about)},
            "involvedObject": _reference(about),
            "type": kind,
            "reason": reason,
            "message": text,
            "source": {"component": self._component} | ({"host": self._host} if self._host else {}),
            "reportingComponent": reporter[0],
            "reportingInstance": reporter[1],
            "eventTime": None,
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
        }
        await self._api.create(_collection(about), body, self._agent)


async def write_scheduler_event(
    api: Api, about: Json, kind: str, reason: str, action: str, text: str
) -> None:
    """An event as kube-scheduler writes it, in the newer API."""
    namespace = _namespace(about)
    body = {
        "metadata": {"name": _name(about), "namespace": namespace},
        "eventTime": written_precisely(datetime.now(UTC)),
        "reportingController": "default-scheduler",
        "reportingInstance": "default-scheduler-lab",
        "action": action,
        "reason": reason,
        "regarding": _reference(about),
        "note": text,
        "type": kind,
    }
    path = f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"
    try:
        await api.create(path, body, agent="kube-scheduler")
    except api.lost:
        return
    except ApiError as error:
        # A terminating namespace takes no more events.
        if error.status not in (403, 404):
            raise


def _name(about: Json) -> str:
    return f"{about['metadata']['name']}.{time.time_ns():x}"


def _bounded(remembered: dict[Any, Any]) -> None:
    if len(remembered) > REMEMBERED:
        del remembered[next(iter(remembered))]


def _namespace(about: Json) -> str:
    return key_of(about)[0] or "default"


def _collection(about: Json) -> str:
    return f"/api/v1/namespaces/{_namespace(about)}/events"


def _reference(about: Json) -> Json:
    metadata = about["metadata"]
    return {
        "apiVersion": about["apiVersion"],
        "kind": about["kind"],
        **{
            name: metadata[name]
            for name in ("name", "namespace", "uid", "resourceVersion")
            if name in metadata
        },
    }
