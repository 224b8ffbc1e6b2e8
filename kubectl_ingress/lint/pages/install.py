"""KI7xx and KI9xx that no rule has: installing, the cluster around, and input."""

from __future__ import annotations

PAGES = {
    "KI702": """\
An image cannot be pulled.

What it means
The node cannot get the image of a pod, so that the pod never starts. Kubernetes tries again, at
longer and longer intervals.

Why it happens
The nodes do not reach the registry: no way out, a proxy that the runtime does not know, a
firewall. The name or the tag is misspelt, or is for another kind of processor. The registry
wants a login, or has been asked too often.

How to see it
The message has the image and what the registry said.

    kubectl describe pod -n NAMESPACE POD

What to do
Let the nodes reach it, or take the images from a registry that they reach:

    kubectl ingress install --registry registry.example.com

`--image` names another one for the controller. For a login give the Service account an
imagePullSecret.
""",
    "KI703": """\
Pods cannot be scheduled.

What it means
No node takes the pod: it stays Pending, and nothing of it runs.

Why it happens
The message has the scheduler's count: not enough cpu or memory, a taint that the pod does not
tolerate, a node selector that no node fits, a host port that another pod has, nodes that are
cordoned. A cluster without nodes, or one whose nodes the cloud's controller has not seen yet.

How to see it

    kubectl describe pod -n NAMESPACE POD
    kubectl describe nodes

What to do
A node more, or room on one. A taint that is meant for these pods: `kubectl ingress install`
sets what its `--provider` needs. A host port: one pod of the controller for each node, not two.
""",
    "KI704": """\
The controller's pod crashes.

What it means
Its container started and ended with an error, or could not be started at all; Kubernetes starts
it again, at longer and longer intervals (CrashLoopBackOff).

Why it happens
A flag that its version does not know, a Secret or ConfigMap that is not there, no right to read
objects, a port that cannot be bound, too little memory (OOMKilled). F5's stops at once where no
IngressClass is its own (KI208).

How to see it
Its last words are in the log of the container before:

    kubectl -n NAMESPACE logs POD --previous
    kubectl -n NAMESPACE describe pod POD

What to do
What the log names. Memory: raise the limit of the Deployment. Where this program installed it,
`kubectl ingress install` puts arguments, rights and mounts right again.
""",
    "KI705": """\
The admission webhook does not answer.

What it means
The API server asks the controller's webhook about each new or changed Ingress, and gets no
answer that it can use. With failurePolicy Fail nobody can change any Ingress in the cluster:
"failed calling webhook". With Ignore its check is left out. Routes that are loaded go on.

Why it happens
The controller's pods are not ready, so that nobody is behind the webhook's Service. Port 8443 is
closed from the control plane to the nodes, as in private clusters of GKE. The caBundle is not
the CA of the certificate that the pods show, after one of them was made anew. Or the controller
is gone, and its ValidatingWebhookConfiguration stayed.

How to see it
`kubectl ingress doctor` tries it with a dry run, compares both certificates, and looks for
configurations that belong to nobody.

    kubectl get validatingwebhookconfigurations

What to do
Ready pods first (KI204). A closed port: allow TCP 8443 from the control plane to the nodes. A
wrong CA: the fix of the message sets it, or `kubectl ingress install` makes both anew. One that
belongs to nobody: `kubectl delete validatingwebhookconfiguration NAME`.
""",
    "KI706": """\
The namespace is being deleted.

What it means
`kubectl ingress install` would make objects in a namespace that is on its way out, and
Kubernetes lets nothing be made there. It waits as long as `--timeout` says; then it stops, and
nothing was changed.

Why it happens
Somebody has just deleted it, which takes seconds. If it takes longer, an object in it has a
finalizer that nobody removes: a Service whose load balancer the cloud does not give back, or a
custom resource whose controller is gone. Or an API service of the cluster does not answer, so
that Kubernetes does not know whether the namespace is empty.

How to see it
The conditions in its status name what is left, and why:

    kubectl get namespace NAME -o yaml
    kubectl get apiservices

What to do
Let the cloud's controller run until it has given back the load balancer. Delete an APIService
whose backend is gone. Take out a finalizer only where you know that what it guards is gone: what
is left in the cloud then is paid on.
""",
    "KI707": """\
Pods are refused by quota or Pod Security.

What it means
The API server does not let the pods be made. The Deployment is there and has 0 pods; only an
event of its ReplicaSet says why.

Why it happens
The namespace's ResourceQuota is used up, or wants requests and limits that the pods do not have.
Its label pod-security.kubernetes.io/enforce forbids what the pods need, host ports for instance.
Or a policy engine's webhook refuses them.

How to see it

    kubectl -n NAMESPACE get resourcequota
    kubectl get namespace NAMESPACE --show-labels
    kubectl -n NAMESPACE get events

What to do
Raise the quota, or allow it in that namespace alone:

    kubectl label namespace NAMESPACE pod-security.kubernetes.io/enforce=privileged --overwrite

Or install into another namespace: `kubectl ingress install -n NAME --class NAME`.
""",
    "KI708": """\
An object that this program did not make stands in the way.

What it means
An object of the same name is there already, made by kubectl apply, Helm or somebody else.
Nothing was changed: this program alters and deletes only what it made, which bears the
annotation kubectl-ingress/installed-by.

Why it happens
The controller was installed before, in another way; or a part of such an installation was left
behind: a class, a ClusterRole, a webhook. A release of Helm with that name counts too.

How to see it
The message lists the objects and who made them, as far as that shows.

    kubectl ingress status
    helm list -A

What to do
ingress-nginx that is to be this program's from now on: `kubectl ingress install --adopt` shows
what would differ, asks, and changes it without a pause; addresses stay. Else go on with it as
it was installed, remove it in that way, or install beside it: `-n NAME --class NAME`.
""",
    "KI709": """\
The controller was not tested with this version of Kubernetes.

What it means
Its project names the versions of Kubernetes that a release was tested with, and this cluster's
is not among them. It may well work; `install` refuses only where the cluster is older than the
release needs.

Why it happens
The cluster was updated and the controller was not, or a new controller is installed in an old
cluster. ingress-nginx gets no new releases: later versions of Kubernetes will all be untested.

How to see it

    kubectl ingress status
    kubectl version

What to do
Update the controller: `kubectl ingress upgrade`, for others `kubectl ingress install NAME`
again. For an old cluster a release that fits: `kubectl ingress install --version VERSION`. From
the last ingress-nginx only another controller leads on: `kubectl ingress install --list`.
""",
    "KI720": """\
Another plugin is run by kubectl.

What it means
`kubectl ingress` runs the first program named kubectl-ingress on PATH, and that is not this
one; or a program named kubectl-ingress-COMMAND takes one of its commands, since kubectl prefers
the longer name.

Why it happens
krew or somebody else has put another program of that name on PATH, or an old copy of this one
is there.

How to see it

    kubectl plugin list
    type -a kubectl-ingress

What to do
Remove the other one (`kubectl krew uninstall ingress`), give it another name, or let the
directory of this one come first on PATH.
""",
    "KI721": """\
cert-manager does not get on with a certificate.

What it means
An Ingress has TLS with a Secret that cert-manager is to make, and it has not. Until then the
controller presents a certificate of its own, which clients refuse (KI301).

Why it happens
The Issuer that is named does not exist or is not ready. The authority cannot fetch the
challenge: DNS does not lead to this load balancer yet (KI602, KI607), port 80 is closed, or the
challenge's Ingress has a class that nobody serves (KI304). It has been asked too often. Or
cert-manager is not there at all.

How to see it
From Certificate to CertificateRequest, Order and Challenge each says what it waits for; doctor
follows that way and tells the last word:

    kubectl ingress doctor INGRESS
    kubectl describe challenges -n NAMESPACE

What to do
What the message names. An HTTP-01 challenge needs http://HOST/.well-known/acme-challenge/… from
outside: `kubectl ingress test http://HOST/` shows whether the host is reached. cert-manager
tries again by itself once that is mended.
""",
    "KI907": """\
A suppression suppresses nothing.

What it means
An annotation kubectl-ingress/ignore, or a comment # kubectl-ingress:ignore, names a code or a
rule of lint that is not found there (any more), names none, or one that does not exist.

Why it happens
What it suppressed was mended. The code is misspelt. A comment is about its own line, or, where
it stands alone, the next one; the finding is placed on another: the first line of its message
has the line. Or the annotation is on another object than the one that the finding is about.

How to see it

    kubectl ingress lint -f FILE
    kubectl ingress lint --list

What to do
Take it out, or correct code and place. One line can name several: KI403 why; KI510 why.
""",
}
