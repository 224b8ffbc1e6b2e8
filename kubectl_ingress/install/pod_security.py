"""What the Pod Security of a namespace would refuse in pods of ours: pure.

The levels are those of
https://kubernetes.io/docs/concepts/security/pod-security-standards/, as far as
manifests of ingress controllers come near them. The API server enforces them
on pods and not on what makes pods, so without this an installation would only
stand still. Exemptions and defaults of the whole cluster cannot be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.core.parse import Reader
from kubectl_ingress.install.live import Live, reader_of

ENFORCE = "pod-security.kubernetes.io/enforce"

_BASELINE_CAPABILITIES = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
    *("NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
}
_RESTRICTED_VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral"),
    *("persistentVolumeClaim", "projected", "secret"),
}
_PROFILES = ("RuntimeDefault", "Localhost")


def enforced(namespace: Live) -> str:
    """``privileged``, ``baseline`` or ``restricted``; a level nobody knows counts as the last."""
    level = reader_of(namespace).meta().labels.get(ENFORCE, "privileged")
    return level if level in ("privileged", "baseline") else "restricted"


def violations(level: str, manifests: Iterable[Live]) -> tuple[str, ...]:
    """What in the pods of these workloads the level forbids, each once, for people."""
    found = (
        said
        for manifest in manifests
        for said in _of_pod(
            level, reader_of(manifest).child("spec").child("template").child("spec")
        )
    )
    return tuple(dict.fromkeys(found))


def _pod(manifest: Live) -> Reader:
    return reader_of(manifest).child("spec").child("template").child("spec")


def _of_pod(level: str, pod: Reader) -> Iterator[str]:
    if level == "privileged" or not pod.data:
        return
    yield from (name for name in ("hostNetwork", "hostPID", "hostIPC") if pod.flag(name))
    containers = [*pod.children("initContainers"), *pod.children("containers")]
    ports = [port.number("hostPort") or 0 for each in containers for port in each.children("ports")]
    if any(ports):
        yield f"host ports {', '.join(str(port) for port in sorted(set(ports) - {0}))}"
    for volume in pod.children("volumes"):
        kinds = set(volume.data) - {"name"}
        if "hostPath" in kinds or (level == "restricted" and kinds - _RESTRICTED_VOLUMES):
            yield f"volume {volume.text('name')} ({', '.join(sorted(kinds))})"
    for each in containers:
        yield from _of_container(level, each, pod.child("securityContext"))


def _of_container(level: str, container: Reader, of_pod: Reader) -> Iterator[str]:
    own, name = container.child("securityContext"), container.text("name")
    added = set(own.child("capabilities").strings("add"))
    allowed = {"NET_BIND_SERVICE"} if level == "restricted" else _BASELINE_CAPABILITIES
    if own.flag("privileged"):
        yield f"container {name}: privileged"
    if added - allowed:
        yield f"container {name}: capabilities {', '.join(sorted(added - allowed))}"
    if level != "restricted":
        return
    if own.flag("allowPrivilegeEscalation") is not False:
        yield f"container {name}: allowPrivilegeEscalation"
    if "ALL" not in own.child("capabilities").strings("drop"):
        yield f"container {name}: does not drop all capabilities"
    is_root = own.flag("runAsNonRoot")
    if not (of_pod.flag("runAsNonRoot") if is_root is None else is_root):
        yield f"container {name}: may run as root"
    profile = own.child("seccompProfile").text("type") or of_pod.child("seccompProfile").text(
        "type"
    )
    if profile not in _PROFILES:
        yield f"container {name}: no seccomp profile"
