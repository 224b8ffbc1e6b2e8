"""What makes pods: Deployments, ReplicaSets, DaemonSets, Jobs."""

from __future__ import annotations

from datetime import datetime

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import ages
from kubectl_ingress.lab.apiserver.columns.column import (
    AGE,
    NAME,
    NONE,
    WIDE,
    Column,
    Columns,
    count,
    counter,
    items,
    part,
    text,
    word,
    words,
)
from kubectl_ingress.lab.apiserver.columns.selectors import labels_text, selector_text

_TEMPLATE, _REPLICAS = ("spec", "template", "spec"), ("spec", "replicas")

# The first of these conditions that is true is a Job's status; None is its deletion.
_JOB_STATES: tuple[tuple[str | None, str], ...] = (
    ("Complete", "Complete"),
    ("Failed", "Failed"),
    (None, "Terminating"),
    ("Suspended", "Suspended"),
    ("FailureTarget", "FailureTarget"),
    ("SuccessCriteriaMet", "SuccessCriteriaMet"),
)


def _of_containers(obj: Json, field: str) -> str:
    return ",".join(word(each, field) for each in items(obj, *_TEMPLATE, "containers"))


def _ready(deployment: Json) -> str:
    ready = count(deployment, "status", "readyReplicas")
    return f"{ready}/{count(deployment, *_REPLICAS)}"


def _selector(obj: Json) -> str:
    return selector_text(part(obj, "spec", "selector"))


def _node_selector(obj: Json) -> str:
    return labels_text(part(obj, *_TEMPLATE, "nodeSelector"))


def _job_status(job: Json) -> str:
    states: dict[str, str] = {}
    for condition in items(job, "status", "conditions"):
        states.setdefault(condition["type"], condition["status"])
    for condition, name in _JOB_STATES:
        if condition is None:
            if word(job, "metadata", "deletionTimestamp"):
                return name
        elif states.get(condition) == "True":
            return name
    return "Running"


def _completions(job: Json) -> str:
    succeeded = count(job, "status", "succeeded")
    completions = part(job, "spec", "completions")
    if completions is not None:
        return f"{succeeded}/{completions}"
    parallelism = count(job, "spec", "parallelism")
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _job_duration(job: Json, now: datetime) -> str:
    start, end = word(job, "status", "startTime"), word(job, "status", "completionTime")
    if not start:
        return ""
    return ages.between(start, end) if end else ages.since(start, now)


_CONTAINERS = text("Containers", lambda obj: _of_containers(obj, "name"), WIDE)
_IMAGES = text("Images", lambda obj: _of_containers(obj, "image"), WIDE)
_SELECTOR = text("Selector", lambda obj: _selector(obj) or NONE, WIDE)

COLUMNS: Columns = {
    "Deployment": (
        NAME,
        text("Ready", _ready),
        counter("Up-to-date", "status", "updatedReplicas", type="string"),
        counter("Available", "status", "availableReplicas", type="string"),
        AGE,
        _CONTAINERS,
        _IMAGES,
        text("Selector", _selector, WIDE),
    ),
    # The subresource of Deployments and ReplicaSets.
    "Scale": (
        words("Name", "metadata", "name"),
        counter("Desired", *_REPLICAS),
        counter("Available", "status", "replicas"),
        AGE,
    ),
    "ReplicaSet": (
        NAME,
        counter("Desired", *_REPLICAS),
        counter("Current", "status", "replicas"),
        counter("Ready", "status", "readyReplicas"),
        AGE,
        _CONTAINERS,
        _IMAGES,
        _SELECTOR,
    ),
    "DaemonSet": (
        NAME,
        counter("Desired", "status", "desiredNumberScheduled"),
        counter("Current", "status", "currentNumberScheduled"),
        counter("Ready", "status", "numberReady"),
        counter("Up-to-date", "status", "updatedNumberScheduled"),
        counter("Available", "status", "numberAvailable"),
        text("Node Selector", _node_selector),
        AGE,
        _CONTAINERS,
        _IMAGES,
        _SELECTOR,
    ),
    "Job": (
        NAME,
        text("Status", _job_status),
        text("Completions", _completions),
        Column("Duration", _job_duration),
        AGE,
        _CONTAINERS,
        _IMAGES,
        _SELECTOR,
    ),
}
