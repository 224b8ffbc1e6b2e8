"""KI2xx: classes and controllers."""

from __future__ import annotations

PAGES = {
    "KI204": """\
The ingress controller is not ready.

What it means
The controller is installed, and fewer of its pods are ready than should be. With none of them
ready every host is refused or gets no answer; with some, requests are served, by fewer.

Why it happens
It was scaled to 0, or its readiness probe fails. Its image, a node, a crash, quota: these have
codes of their own (KI702, KI703, KI704, KI707), which `kubectl ingress doctor` tells. A
DaemonSet may fit no node.

How to see it

    kubectl ingress status
    kubectl get pods,events -n ingress-nginx
    kubectl logs -n ingress-nginx deployment/ingress-nginx-controller

What to do
Scaled to 0: `kubectl scale deployment -n NAMESPACE NAME --replicas=1`. Where this program
installed it, `kubectl ingress install` again puts right what is not as it should be, and says
what it waits for.
""",
    "KI205": """\
Several load balancers could be meant.

What it means
The controller makes more than one load balancer, as GKE does for each Ingress and the AWS Load
Balancer Controller for each group. A request tells its host and not the address that it was
sent to; here several of them may be asked for this host, and they would answer differently.

Why it happens
Several Ingresses have rules for the host, or none names it and each has rules for all hosts.
Which one answers is then decided by DNS: by the address to which the name leads.

How to see it

    kubectl get ingress -A
    kubectl ingress list --host HOST

The column ADDRESS of the first tells the load balancer of each Ingress.

What to do
Let one load balancer have the host: one Ingress for it, or on AWS one group for all
(annotation alb.ingress.kubernetes.io/group.name). A name of its own for each also helps.
""",
    "KI208": """\
No class leads to a controller.

What it means
A controller runs, and there is no IngressClass (or GatewayClass) whose spec.controller is its
own. It takes no Ingress that names a class by ingressClassName, so it serves nobody; F5's stops
at once.

Why it happens
The class was deleted, or its manifest was never applied; the class has another spec.controller
than the controller was started with; or the flag for the class names one that does not exist.

How to see it

    kubectl ingress status
    kubectl get ingressclasses

The first has, for each controller, the value that it answers to.

What to do
Make the class: the fix of the message is the command. An IngressClass cannot be given another
controller later: delete it and make it anew.
""",
}
