"""What Deployments, ReplicaSets, DaemonSets and Jobs may not be.

Kubernetes' own: pkg/apis/apps/validation/validation.go and pkg/apis/batch/validation/validation.go.
"""

from __future__ import annotations

from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.selectors import selects
from kubectl_ingress.lab.apiserver.validation_fields import IMMUTABLE, Faults
from kubectl_ingress.lab.apiserver.validation_internal import internal
from kubectl_ingress.lab.apiserver.validation_metadata import (
    check_selector,
    is_usable,
    selector_value,
    sorted_map,
)
from kubectl_ingress.lab.apiserver.validation_names import dns_label, percent
from kubectl_ingress.lab.apiserver.validation_pods import RESTART_POLICIES, check_template

_LABELS = "spec.template.metadata.labels"
_MISSES = "`selector` does not match template `labels`"
_STRATEGIES = ("Recreate", "RollingUpdate")
_UPDATES = ("RollingUpdate", "OnDelete")
_JOB_NUMBERS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)


def check_deployment(faults: Faults, obj: Json) -> None:
    """A Deployment."""
    spec = obj["spec"]
    faults.not_negative("spec.replicas", spec["replicas"])
    _check_replicated(faults, spec, "deployment", "ReplicaSet")
    _check_strategy(faults, spec["strategy"])
    faults.not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    faults.not_negative("spec.revisionHistoryLimit", spec["revisionHistoryLimit"])
    deadline = spec["progressDeadlineSeconds"]
    faults.not_negative("spec.progressDeadlineSeconds", deadline)
    if deadline <= spec.get("minReadySeconds", 0):
        why = "must be greater than minReadySeconds"
        faults.invalid("spec.progressDeadlineSeconds", deadline, why)


def check_replica_set(faults: Faults, obj: Json) -> None:
    """A ReplicaSet."""
    spec = obj["spec"]
    faults.not_negative("spec.replicas", spec["replicas"])
    faults.not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    _check_replicated(faults, spec, "deployment", "ReplicaSet")


def check_daemon_set(faults: Faults, obj: Json) -> None:
    """A DaemonSet."""
    spec, template = obj["spec"], obj["spec"]["template"]
    selector, labels = spec["selector"], template["metadata"].get("labels")
    check_selector(faults, "spec.selector", selector)
    if is_usable(selector) and not selects(selector, labels):
        faults.invalid(_LABELS, sorted_map(labels), _MISSES)
    if selector is not None and not selector_value(selector):
        faults.invalid("spec.selector", {}, "empty selector is invalid for daemonset")
    check_template(faults, "spec.template", template)
    _check_always(faults, template, "DaemonSet")
    faults.not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    _check_daemon_strategy(faults, spec["updateStrategy"])
    faults.not_negative("spec.revisionHistoryLimit", spec["revisionHistoryLimit"])


def check_selector_unchanged(faults: Faults, old: Json, new: Json) -> None:
    """The selector of a workload that exists."""
    before, selector = (each["spec"].get("selector") for each in (old, new))
    if before != selector:
        shown = None if selector is None else selector_value(selector)
        faults.invalid("spec.selector", shown, IMMUTABLE)


def check_job(faults: Faults, obj: Json) -> None:
    """A new Job, with the labels that the server has given it."""
    if not obj["spec"].get("manualSelector"):
        _check_generated(faults, obj)
    _check_job_spec(faults, obj["spec"])
    name = obj["metadata"].get("name", "")
    if obj["spec"]["completionMode"] == "Indexed" and obj["spec"].get("completions", 0) > 0:
        pod = f"{name}-{obj['spec']['completions'] - 1}"
        if list(dns_label(pod)):
            why = f"will not able to create pod with invalid DNS label: {pod}"
            faults.invalid("metadata.name", name, why)


def check_job_update(faults: Faults, old: Json, new: Json) -> None:
    """A Job that exists."""
    before, spec = old["spec"], new["spec"]
    _check_job_spec(faults, spec)
    completions, last = spec.get("completions"), before.get("completions")
    if spec["completionMode"] != "Indexed":
        faults.unchanged("spec.completions", completions, last)
    elif completions not in (None, last, spec.get("parallelism")):
        why = "can only be modified in tandem with spec.parallelism"
        faults.invalid("spec.completions", completions, why)
    check_selector_unchanged(faults, old, new)
    _check_template_unchanged(faults, old, new)
    for key in ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy"):
        faults.unchanged(f"spec.{key}", spec.get(key), before.get(key))


def _check_replicated(faults: Faults, spec: Json, kind: str, owner: str) -> None:
    selector, template = spec["selector"], spec["template"]
    labels = template["metadata"].get("labels")
    if selector is None:
        faults.required("spec.selector")
    else:
        check_selector(faults, "spec.selector", selector)
        if not selector_value(selector):
            faults.invalid("spec.selector", {}, f"empty selector is invalid for {kind}")
    if selector is not None and not is_usable(selector):
        faults.invalid("spec.selector", selector_value(selector), "invalid label selector")
        return
    if selector != {} and not selects(selector, labels):
        faults.invalid(_LABELS, sorted_map(labels), _MISSES)
    check_template(faults, "spec.template", template)
    _check_always(faults, template, owner)


def _check_always(faults: Faults, template: Json, owner: str) -> None:
    place, spec = "spec.template.spec", template["spec"]
    if spec["restartPolicy"] != "Always":
        faults.unsupported(f"{place}.restartPolicy", spec["restartPolicy"], ("Always",))
    if "activeDeadlineSeconds" in spec:
        why = f"activeDeadlineSeconds in {owner} is not Supported"
        faults.forbidden(f"{place}.activeDeadlineSeconds", why)


def _check_strategy(faults: Faults, strategy: Json) -> None:
    field, kind = "spec.strategy", strategy["type"]
    rolling = strategy.get("rollingUpdate")
    if kind not in _STRATEGIES:
        shown = {"Type": kind, "RollingUpdate": rolling}
        faults.unsupported(field, shown, _STRATEGIES)
    elif kind == "Recreate" and rolling is not None:
        why = "may not be specified when strategy `type` is 'Recreate'"
        faults.forbidden(f"{field}.rollingUpdate", why)
    elif rolling is not None:
        field, away = f"{field}.rollingUpdate", rolling["maxUnavailable"]
        _check_share(faults, f"{field}.maxUnavailable", away)
        _check_share(faults, f"{field}.maxSurge", rolling["maxSurge"])
        if not _number(away) and not _number(rolling["maxSurge"]):
            faults.invalid(f"{field}.maxUnavailable", away, "may not be 0 when `maxSurge` is 0")
        _check_whole(faults, f"{field}.maxUnavailable", away)


def _check_daemon_strategy(faults: Faults, strategy: Json) -> None:
    field, kind = "spec.updateStrategy", strategy["type"]
    if kind not in _UPDATES:
        shown = {"Type": kind, "RollingUpdate": strategy.get("rollingUpdate")}
        faults.unsupported(field, shown, _UPDATES)
    if kind != "RollingUpdate":
        return
    rolling, field = strategy["rollingUpdate"], f"{field}.rollingUpdate"
    for check in (_check_share, _check_whole):
        for name in ("maxUnavailable", "maxSurge"):
            check(faults, f"{field}.{name}", rolling[name])
    away, more = _number(rolling["maxUnavailable"]), _number(rolling["maxSurge"])
    if away and more:
        why = "may not be set when maxUnavailable is non-zero"
        faults.invalid(f"{field}.maxSurge", rolling["maxSurge"], why)
    elif not away and not more:
        faults.required(f"{field}.maxUnavailable", "cannot be 0 when maxSurge is 0")


def _check_share(faults: Faults, field: str, value: Any) -> None:
    if isinstance(value, str):
        faults.all_invalid(field, value, percent(value))
    else:
        faults.not_negative(field, value)


def _check_whole(faults: Faults, field: str, value: Any) -> None:
    if isinstance(value, str) and _number(value) > 100:
        faults.invalid(field, value, "must not be greater than 100%")


def _number(value: Any) -> int:
    text = str(value).removesuffix("%")
    return int(text) if text.isdecimal() else 0


def _check_generated(faults: Faults, job: Json) -> None:
    """That nobody has put other labels in the place of those the server adds."""
    meta, spec = job["metadata"], job["spec"]
    labels = spec["template"]["metadata"].get("labels", {})
    uid, name = meta.get("uid", ""), meta.get("name", "")
    pairs = {"controller-uid": uid, "job-name": name}
    expected = pairs | {f"batch.kubernetes.io/{key}": value for key, value in pairs.items()}
    for key, value in expected.items():
        if labels.get(key) != value:
            faults.invalid(f"{_LABELS}[{key}]", sorted_map(labels), f"must be '{value}'")
    if is_usable(spec["selector"]) and not selects(spec["selector"], expected):
        shown = selector_value(spec["selector"])
        faults.invalid("spec.selector", shown, "`selector` not auto-generated")


def _check_job_spec(faults: Faults, spec: Json) -> None:
    for name in _JOB_NUMBERS:
        faults.not_negative(f"spec.{name}", spec.get(name))
    mode = spec["completionMode"]
    if mode not in ("NonIndexed", "Indexed"):
        faults.unsupported("spec.completionMode", mode, ("NonIndexed", "Indexed"))
    if mode == "Indexed" and "completions" not in spec:
        faults.required("spec.completions", "when completion mode is Indexed")
    if mode == "NonIndexed":
        for name in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if name in spec:
                faults.invalid(f"spec.{name}", spec[name], "requires indexed completion mode")
    template = spec["template"]
    check_template(faults, "spec.template", template)
    field, policy = "spec.template.spec.restartPolicy", template["spec"]["restartPolicy"]
    if policy == "Always":
        faults.required(field, 'valid values: "OnFailure", "Never"')
    elif policy not in RESTART_POLICIES:
        faults.unsupported(field, policy, ("OnFailure", "Never"))
    elif "podFailurePolicy" in spec and policy != "Never":
        why = 'only "Never" is supported when podFailurePolicy is specified'
        faults.invalid(field, policy, why)
    selector, labels = spec.get("selector"), template["metadata"].get("labels")
    if selector is None:
        faults.required("spec.selector")
    check_selector(faults, "spec.selector", selector)
    if is_usable(selector) and not selects(selector, labels):
        faults.invalid(_LABELS, sorted_map(labels), _MISSES)


def _check_template_unchanged(faults: Faults, old: Json, new: Json) -> None:
    """Only a Job that is suspended and has not started may change where its pods go."""
    before, template = old["spec"]["template"], new["spec"]["template"]
    if not old["spec"].get("suspend"):
        if before != template:
            shown = template["metadata"] | {"Spec": internal("PodSpec", template["spec"])}
            faults.invalid("spec.template", shown, IMMUTABLE)
        return
    started = "startTime" in old.get("status", {})
    free = () if started else ("nodeSelector", "tolerations", "affinity")
    if _fixed(before["spec"], free) != _fixed(template["spec"], free):
        shown = internal("PodSpec", template["spec"])
        faults.invalid("spec.template.spec", shown, IMMUTABLE)


def _fixed(spec: Json, free: tuple[str, ...]) -> Json:
    """What of a suspended Job's pods may not change: resources may."""
    fixed = {key: value for key, value in spec.items() if key not in free}
    for name in ("containers", "initContainers"):
        fixed[name] = [each | {"resources": {}} for each in spec.get(name) or []]
    return fixed
