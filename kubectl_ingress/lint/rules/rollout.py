"""A rollout breaks requests for a moment.

What it does
Looks at the Deployments behind Ingresses, and says which of them have no preStop hook, no
readiness probe, or are replaced all at once (strategy Recreate is not looked at: who writes it
wants it). Told with `--level info`: many applications bear it.

Why it is bad
A pod that ends is taken out of the endpoints and stopped at the same time: until the controller
has heard of it, requests meet a closed port, which is a 502. Without a readiness probe requests
come before the program listens.

Example

    kind: Deployment
    spec:
      replicas: 1
      template: {spec: {containers: [{name: web, image: web:1}]}}

Use instead

    containers:
    - name: web
      lifecycle: {preStop: {sleep: {seconds: 10}}}
      readinessProbe: {httpGet: {path: /healthz, port: 8080}}
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.controllers._backends import pods_of
from kubectl_ingress.core.objects import Finding, Workload
from kubectl_ingress.core.text import listed
from kubectl_ingress.lint.subject import POD_KINDS, ROUTES, Subject

CODE = "KI116"
NAME = "rollout"
LEVEL = "info"
READS = (*POD_KINDS, ROUTES)


def check(subject: Subject) -> Iterable[Finding]:
    """Each Deployment that an Ingress leads to, once."""
    snapshot = subject.snapshot
    if not snapshot.pods_by_label:
        return
    services = {one.service.meta.key: one.service for one in subject.routes.backed}
    found = {
        pods.meta.key: pods
        for service in services.values()
        for pods in pods_of(service, snapshot)
        if isinstance(pods, Workload) and pods.kind == "Deployment"
    }
    for workload in found.values():
        lacking = [
            text
            for text, there in (
                ("no preStop hook", workload.spec.pre_stop),
                ("no readiness probe", workload.spec.probed),
                ("one replica", workload.desired > 1),
            )
            if not there
        ]
        # One replica alone is replaced well, if somebody waits for the new one and the old one.
        if lacking and lacking != ["one replica"]:
            meta = workload.meta
            message = (
                f"Deployment {meta.key} has {listed(lacking)}: a rollout answers some requests 502"
            )
            field = ("spec", "template", "spec", "containers")
            fix = "lifecycle: {preStop: {sleep: {seconds: 10}}}"
            if workload.spec.pre_stop:
                fix = "a readinessProbe"
            yield Finding(CODE, LEVEL, message, f"Deployment {meta.key}", meta.origin, fix, field)
