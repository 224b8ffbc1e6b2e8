"""Events as the real components write them.

The scheduler uses events.k8s.io/v1, and whoever reads its events as core/v1 finds neither
firstTimestamp nor source there; kubelet and the service controller still use core/v1.
"""

from __future__ import annotations

import datetime
import secrets

from .api import Api, ApiError, Json


def now() -> str:
    """The time as the API writes it, in whole seconds."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _precisely_now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Recorder:
    """Writes the events of one component; a repeated one raises its count."""

    def __init__(self, api: Api, component: str, host: str = "") -> None:
        self._api, self._component, self._host = api, component, host
        self._names: dict[tuple[str, str, str], tuple[str, int]] = {}

    async def write(self, about: Json, kind: str, reason: str, text: str) -> None:
        """An event of type ``kind`` (Normal, Warning) about an object."""
        namespace = about["metadata"]["namespace"]
        key = about["metadata"]["uid"], reason, text
        name, count = self._names.get(key, (_name(about), 0))
        self._names[key] = name, count + 1
        path = f"/api/v1/namespaces/{namespace}/events"
        again = {"count": count + 1, "lastTimestamp": now()}
        try:
            if count:
                await self._api.patch(f"{path}/{name}", again, agent=self._component)
            else:
                body = self._event(about, kind, reason, text) | again
                body["metadata"] = {"name": name, "namespace": namespace}
                await self._api.create(path, body, agent=self._component)
        except ApiError as error:
            # A terminating namespace takes no more events, and old ones expire.
            if error.status not in (403, 404):
                raise

    def _event(self, about: Json, kind: str, reason: str, text: str) -> Json:
        source = {"component": self._component} | ({"host": self._host} if self._host else {})
        return {
            "involvedObject": _reference(about),
            "type": kind,
            "reason": reason,
            "message": text,
            "source": source,
            "reportingComponent": self._component,
            "reportingInstance": self._host,
            "firstTimestamp": now(),
        }


async def write_scheduler_event(
    api: Api, about: Json, kind: str, reason: str, action: str, text: str
) -> None:
    """An event as kube-scheduler writes it, in the newer API."""
    namespace = about["metadata"]["namespace"]
    body = {
        "metadata": {"name": _name(about), "namespace": namespace},
        "eventTime": _precisely_now(),
        "reportingController": "default-scheduler",
        "reportingInstance": "default-scheduler-bed",
        "action": action,
        "reason": reason,
        "regarding": _reference(about),
        "note": text,
        "type": kind,
    }
    path = f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"
    try:
        await api.create(path, body, agent="kube-scheduler")
    except ApiError as error:
        if error.status not in (403, 404):
            raise


def _reference(about: Json) -> Json:
    # Objects of a list do not say what they are; the bed writes about these two only.
    kind = "Service" if "ports" in about["spec"] else "Pod"
    metadata = about["metadata"]
    return {
        "apiVersion": "v1",
        "kind": kind,
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "uid": metadata["uid"],
        "resourceVersion": metadata["resourceVersion"],
    }


def _name(about: Json) -> str:
    return f"{about['metadata']['name']}.{secrets.token_hex(8)}"
