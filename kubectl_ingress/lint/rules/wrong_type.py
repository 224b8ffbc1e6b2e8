"""A field of an object is not what its kind says.

What it does
Reads objects as the API server does: text where text belongs, lists where lists belong, only
versions that exist. An annotation that is a boolean or a number is among it, and an Ingress of
which apiVersion alone was changed to networking.k8s.io/v1. A named file that holds no object is an
error; kustomizations, values of charts and the like that are met in a directory are passed over,
which --level info tells.

Why it is bad
kubectl apply fails ("cannot unmarshal bool into … of type string"); here the field counts as
absent, so other findings may follow from it.

Example

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/ssl-redirect: false

Use instead

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/ssl-redirect: "false"

What --fix does
It puts booleans and numbers of annotations and labels in quotes. It does not where a number is
read as another one than is written (010 is 8), and leaves all other fields alone. An object
without a version gets that of its kind, and an Ingress of v1 whose backends are written as in the
beta API (serviceName) is converted.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_ingress.core.legacy import V1
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import Subject

CODE = "KI901"
NAME = "wrong-type"
LEVEL = "error"
READS = ("input",)


def check(subject: Subject) -> Iterable[Finding]:
    """What was noted while objects were read."""
    for finding in subject.snapshot.findings:
        if finding.code == CODE:
            # Where in the object it is stands in the sentence.
            about = " ".join(finding.object.split(" ")[:2])
            annotated = finding.field[:1] == ("metadata",)
            quoted = f"put the value of {finding.field[-1]} in quotes" if annotated else ""
            fix = finding.fix or quoted
            if finding.mend is not None and finding.mend.converted:
                fix = f"its fields as {V1} has them"
            yield replace(finding, object=about, fix=fix)
    for origin in subject.snapshot.passed_over:
        yield Finding(CODE, "info", "no Kubernetes object: passed over", "", origin)
