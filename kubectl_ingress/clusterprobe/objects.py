"""The Job that sends probes from inside the cluster, and the ConfigMap with what it sends. Pure."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from kubectl_ingress import __version__
from kubectl_ingress.clusterprobe.curl import curl_files
from kubectl_ingress.core.answer import Plan
from kubectl_ingress.errors import UsageError
from kubectl_ingress.install.settings import INSTALLED_BY

LABEL = "kubectl-ingress/probe"
"""On the pods: the name of their Job."""
INDEX = "batch.kubernetes.io/job-completion-index"
CONTAINER = "curl"
START_SECONDS = 60.0
"""How long pods have until they run: an image has to come over."""
_TIME_TO_LIVE = 60
# Of a ConfigMap, without what its metadata takes.
_LARGEST = 1000 * 1000
_DIRECTORY = "/probe"
_NOBODY = 65532


class ProbeJob(Struct, frozen=True):
    """One Job: `shares` are the plans of each of its pods, in the order of their indexes."""

    namespace: str
    name: str
    image: str
    nonce: str
    shares: tuple[tuple[Plan, ...], ...]

    @property
    def seconds(self) -> float:
        """How long the longest share may take once it runs."""
        return max(sum(plan.max_time for plan in share) for share in self.shares)


def share_out(plans: Sequence[Plan], parallelism: int) -> tuple[tuple[Plan, ...], ...]:
    """The plans in pieces as even as may be, in order; no piece is empty."""
    count = max(1, min(parallelism, len(plans)))
    size, rest = divmod(len(plans), count)
    ends = [number * size + min(number, rest) for number in range(count + 1)]
    return tuple(tuple(plans[a:b]) for a, b in itertools.pairwise(ends))


def job_of(probe: ProbeJob) -> dict[str, Any]:
    """The Job, as strict as the Pod Security standard "restricted" wants it."""
    count = len(probe.shares)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _metadata(probe),
        "spec": {
            "completionMode": "Indexed",
            "completions": count,
            "parallelism": count,
            "backoffLimit": 0,
            "activeDeadlineSeconds": round(START_SECONDS + probe.seconds) + 10,
            "ttlSecondsAfterFinished": _TIME_TO_LIVE,
            "template": {
                "metadata": {"labels": {LABEL: probe.name}, "annotations": _mark()},
                "spec": _pod(probe),
            },
        },
    }


def config_map_of(probe: ProbeJob, job_uid: str) -> dict[str, Any]:
    """What the pods read: a curl config for each index. It goes when the Job goes.

    Raises UsageError where it does not fit.
    """
    files = [curl_files(share, probe.nonce) for share in probe.shares]
    data = {str(index): one.config for index, one in enumerate(files)}
    bodies = {name: body for one in files for name, body in one.bodies.items()}
    size = sum(len(text.encode()) for text in data.values()) + sum(map(len, bodies.values()))
    if size > _LARGEST:
        raise UsageError(
            f"what is to be sent takes {size} bytes, and a ConfigMap holds {_LARGEST}",
            "send less at once, or without --from cluster",
        )
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": probe.name, "uid": job_uid}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {**_metadata(probe), "ownerReferences": [owner]},
        "immutable": True,
        "data": data,
        "binaryData": {name: base64.b64encode(body).decode() for name, body in bodies.items()},
    }


def _metadata(probe: ProbeJob) -> dict[str, Any]:
    return {
        "name": probe.name,
        "namespace": probe.namespace,
        "labels": {LABEL: probe.name},
        "annotations": _mark(),
    }


def _mark() -> dict[str, str]:
    return {INSTALLED_BY: __version__}


def _pod(probe: ProbeJob) -> dict[str, Any]:
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _NOBODY,
            "runAsGroup": _NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {LABEL: probe.name}},
            }
        ],
        "containers": [_container(probe)],
        "volumes": [{"name": "requests", "configMap": {"name": probe.name}}],
    }


def _container(probe: ProbeJob) -> dict[str, Any]:
    return {
        "name": CONTAINER,
        "image": probe.image,
        # -q: whatever .curlrc the image has is not asked.
        "command": ["curl", "-q", "-K", "$(JOB_COMPLETION_INDEX)"],
        "workingDir": _DIRECTORY,
        "resources": {
            "requests": {"cpu": "10m", "memory": "16Mi"},
            "limits": {"cpu": "1", "memory": "64Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "requests", "mountPath": _DIRECTORY, "readOnly": True}],
    }
