"""Parts of pods as they stand in refusals: in the server's internal types, with every field.

Kubernetes' own: pkg/apis/core/types.go, whose types have no JSON names, so that messages show
Go's; the comparison is that of staging/src/k8s.io/apimachinery/pkg/util/diff.
"""

from __future__ import annotations

import difflib
import json
import re
from functools import cache
from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.validation_metadata import selector_value

# Type: its fields in order. A field is text if nothing else is said; =0 and =f are its zero
# values, ? what is null where it is missing, ?Type an object or a list of such, :Type an object.
_TYPES = """
PodSpec: Volumes?Volume InitContainers?Container Containers?Container EphemeralContainers?
 RestartPolicy TerminationGracePeriodSeconds? ActiveDeadlineSeconds? DNSPolicy NodeSelector?
 ServiceAccountName DeprecatedServiceAccount AutomountServiceAccountToken? NodeName HostNetwork=f
 HostPID=f HostIPC=f ShareProcessNamespace? SecurityContext?PodSecurityContext
 ImagePullSecrets?LocalObjectReference Hostname Subdomain Affinity?Affinity SchedulerName
 Tolerations?Toleration HostAliases?HostAlias PriorityClassName Priority? DNSConfig?PodDNSConfig
 ReadinessGates?PodReadinessGate RuntimeClassName? EnableServiceLinks? PreemptionPolicy? Overhead?
 TopologySpreadConstraints?TopologySpreadConstraint SetHostnameAsFQDN? OS?LocalObjectReference
 HostUsers? SchedulingGates?LocalObjectReference ResourceClaims? Resources?ResourceRequirements
 HostnameOverride? SchedulingGroup? EvictionResponders?
Volume: Name HostPath?HostPath EmptyDir?EmptyDir GCEPersistentDisk? AWSElasticBlockStore? GitRepo?
 Secret?SecretVolume NFS?NFS ISCSI? Glusterfs? PersistentVolumeClaim?Claim RBD? FlexVolume? Cinder?
 CephFS? Flocker? DownwardAPI?DownwardVolume FC? AzureFile? ConfigMap?ConfigMapVolume
 VsphereVolume? Quobyte? AzureDisk? PhotonPersistentDisk? Projected?Projected PortworxVolume?
 ScaleIO? StorageOS? CSI? Ephemeral? Image?ImageVolume
HostPath: Path Type?
EmptyDir: Medium SizeLimit? Mode?
SecretVolume: SecretName Items?KeyToPath DefaultMode? Optional? DefaultUser?
ConfigMapVolume: Name Items?KeyToPath DefaultMode? Optional? DefaultUser?
KeyToPath: Key Path Mode? User?
NFS: Server Path ReadOnly=f
Claim: ClaimName ReadOnly=f
DownwardVolume: Items?DownwardFile DefaultMode? DefaultUser?
DownwardFile: Path FieldRef?FieldRef ResourceFieldRef?ResourceFieldRef Mode? User?
Projected: Sources?Projection DefaultMode? DefaultUser?
Projection: Secret?KeysProjection DownwardAPI?DownwardProjection ConfigMap?KeysProjection
 ServiceAccountToken?TokenProjection ClusterTrustBundle? PodCertificate?
KeysProjection: Name Items?KeyToPath Optional?
DownwardProjection: Items?DownwardFile
TokenProjection: Audience ExpirationSeconds? Path User?
ImageVolume: Reference PullPolicy
FieldRef: APIVersion FieldPath
ResourceFieldRef: ContainerName Resource Divisor
Container: Name Image Command? Args? WorkingDir Ports?ContainerPort EnvFrom?EnvFrom Env?EnvVar
 Resources:ResourceRequirements ResizePolicy?ResizePolicy RestartPolicy? RestartPolicyRules?
 VolumeMounts?VolumeMount VolumeDevices?VolumeDevice LivenessProbe?Probe ReadinessProbe?Probe
 StartupProbe?Probe Lifecycle?Lifecycle TerminationMessagePath TerminationMessagePolicy
 ImagePullPolicy SecurityContext?SecurityContext Stdin=f StdinOnce=f TTY=f
ContainerPort: Name HostPort=0 ContainerPort=0 Protocol HostIP
EnvFrom: Prefix ConfigMapRef?OptionalName SecretRef?OptionalName
OptionalName: Name Optional?
EnvVar: Name Value ValueFrom?EnvSource
EnvSource: FieldRef?FieldRef ResourceFieldRef?ResourceFieldRef ConfigMapKeyRef?KeyRef
 SecretKeyRef?KeyRef FileKeyRef?
KeyRef: Name Key Optional?
ResourceRequirements: Limits? Requests? Claims?
ResizePolicy: ResourceName RestartPolicy
VolumeMount: Name ReadOnly=f RecursiveReadOnly? MountPath SubPath MountPropagation? SubPathExpr
 BindMountOptions?
VolumeDevice: Name DevicePath
Probe: Exec?Exec HTTPGet?HTTPGet TCPSocket?TCPSocket GRPC?GRPC InitialDelaySeconds=0
 TimeoutSeconds=0 PeriodSeconds=0 SuccessThreshold=0 FailureThreshold=0
 TerminationGracePeriodSeconds?
Exec: Command?
HTTPGet: Path Port=0 Host Scheme HTTPHeaders?HTTPHeader Protocol?
HTTPHeader: Name Value
TCPSocket: Port=0 Host
GRPC: Port=0 Service? Mode?
Lifecycle: PostStart?Hook PreStop?Hook StopSignal?
Hook: Exec?Exec HTTPGet?HTTPGet TCPSocket?TCPSocket Sleep?Sleep
Sleep: Seconds=0
SecurityContext: Capabilities?Capabilities Privileged? SELinuxOptions?SELinux WindowsOptions?
 RunAsUser? RunAsGroup? RunAsNonRoot? ReadOnlyRootFilesystem? AllowPrivilegeEscalation? ProcMount?
 SeccompProfile?Profile AppArmorProfile?Profile
Capabilities: Add? Drop?
SELinux: User Role Type Level
Profile: Type LocalhostProfile?
PodSecurityContext: SELinuxOptions?SELinux WindowsOptions? RunAsUser? RunAsGroup? RunAsNonRoot?
 SupplementalGroups? SupplementalGroupsPolicy? FSGroup? Sysctls?HTTPHeader FSGroupChangePolicy?
 SeccompProfile?Profile AppArmorProfile?Profile SELinuxChangePolicy?
LocalObjectReference: Name
Affinity: NodeAffinity?NodeAffinity PodAffinity?PodAffinity PodAntiAffinity?PodAffinity
NodeAffinity: RequiredDuringSchedulingIgnoredDuringExecution?NodeSelector
 PreferredDuringSchedulingIgnoredDuringExecution?PreferredTerm
NodeSelector: NodeSelectorTerms?NodeTerm
NodeTerm: MatchExpressions?NodeRequirement MatchFields?NodeRequirement
NodeRequirement: Key Operator Values?
PreferredTerm: Weight=0 Preference:NodeTerm
PodAffinity: RequiredDuringSchedulingIgnoredDuringExecution?PodTerm
 PreferredDuringSchedulingIgnoredDuringExecution?WeightedTerm
PodTerm: LabelSelector?LabelSelector Namespaces? TopologyKey NamespaceSelector?LabelSelector
 MatchLabelKeys? MismatchLabelKeys?
WeightedTerm: Weight=0 PodAffinityTerm:PodTerm
Toleration: Key Operator Value Effect TolerationSeconds?
HostAlias: IP Hostnames?
PodDNSConfig: Nameservers? Searches? Options?DNSOption
DNSOption: Name Value?
PodReadinessGate: ConditionType
TopologySpreadConstraint: MaxSkew=0 TopologyKey WhenUnsatisfiable LabelSelector?LabelSelector
 MinDomains? NodeAffinityPolicy? NodeTaintsPolicy? MatchLabelKeys?
"""
_ZEROS: dict[str, Any] = {"": "", "0": 0, "f": False}
_CONTEXT_LINES = 3


def internal(type: str, obj: Json) -> Json:
    """An object of the public API in the shape of the internal type."""
    if type == "LabelSelector":
        # This one is not internal.
        return selector_value(obj)
    return {go: _value(obj.get(name), *shape) for go, (name, *shape) in _fields(type).items()}


def difference(type: str, old: Json, new: Json) -> str:
    """A unified difference between two objects, without names of files."""
    texts = [json.dumps(internal(type, each), indent=1) for each in (old, new)]
    before, after = (text.splitlines(keepends=True) for text in texts)
    lines = difflib.unified_diff(before, after, n=_CONTEXT_LINES)
    return "".join(list(lines)[2:])


@cache
def _fields(type: str) -> dict[str, tuple[str, str, str]]:
    """The fields of a type: Go's name -> the public name, what follows, and what that says."""
    for line in _TYPES.replace("\n ", " ").splitlines():
        name, _, listed = line.partition(": ")
        if name == type:
            break
    found = {}
    for each in listed.split():
        go, mark, rest = re.fullmatch(r"(\w+)([=?:]?)(\w*)", each).groups()  # type: ignore[union-attr]
        found[go] = (_public(go), mark, rest)
    return found


def _public(go: str) -> str:
    """``HTTPGet`` -> ``httpGet``."""
    if go == "DeprecatedServiceAccount":
        return "serviceAccount"
    return re.sub(r"^[A-Z]+(?=[A-Z][a-z]|$)|^[A-Z]", lambda found: found[0].lower(), go)


def _value(value: Any, mark: str, rest: str) -> Any:
    if mark == ":":
        return internal(rest, value or {})
    if value is None:
        return None if mark == "?" else _ZEROS[rest]
    if rest and mark == "?":
        listed = isinstance(value, list)
        return [internal(rest, each) for each in value] if listed else internal(rest, value)
    return dict(sorted(value.items())) if isinstance(value, dict) else value
