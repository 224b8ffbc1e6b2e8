"""KI1xx: what becomes of requests."""

from __future__ import annotations

PAGES = {
    "KI101": """\
The host of the request is in no rule.

What it means
The request reached the controller, and no Ingress of its class has a rule for this host, so the
controller answers itself: 404, on ingress-nginx with a page of 146 bytes, "nginx" at its foot
and no Server header (the lab's nginx has one). Nothing is wrong with Service or pods: they were
not asked.

Why it happens
A load balancer was called by its own name or IP, while the rule names another host. The host is
misspelt in the request or in the rule. `*.example.com` is for one label more and not for
example.com; on ingress-nginx and Traefik not for a.b.example.com either. Or the Ingress that has
the host is left out: another class, none at all, or a rule that is not served.

How to see it
The message lists the hosts that there are; `kubectl ingress list` has them with their paths.
The same way without a request, and why one Ingress does not take it:

    kubectl ingress trace http://HOST/PATH --why-not NAMESPACE/INGRESS

What to do
Ask for a host that exists: `kubectl ingress test http://HOST/PATH` sends it to the load
balancer whatever DNS says. Make a route for the host: `kubectl ingress scaffold`, or a rule
more in an Ingress. `kubectl ingress patch-host INGRESS HOST` gives a rule another host: the old
one is answered no longer then.
""",
    "KI102": """\
The path of the request is in no rule of its host.

What it means
The host is served, and none of its paths takes this one. ingress-nginx answers with its default
backend, a 404, and never looks into wildcard or host-less rules then; Kong and Traefik do fall
through to those.

Why it happens
Exact takes its path alone: /foo and not /foo/. Prefix compares whole elements: /api takes
/api/v1 and not /apiary. Paths count upper and lower case, unless a pattern has turned the host
of ingress-nginx into case-insensitive ones. What is compared is the path of the request, not
the one that a rewrite makes of it.

How to see it
The message lists the paths of the host as the controller compares them; so does
`kubectl ingress list --host HOST`. With `kubectl ingress trace URL --why-not INGRESS` one
Ingress says why it did not take the path.

What to do
Ask for a path that there is, or add the path: `kubectl edit ingress NAME`. Prefix `/` takes
whatever no longer path does.
""",
    "KI106": """\
The application answered with an error.

What it means
The route works: controller, Service and pod did their part, and the answer, 400 or above, is
the application's own.

Why it happens
Most often the pod is asked for another path than you think: without a rewrite it gets /app/x
whole, and knows /x alone; with rewrite-target `/` and no group it gets / for every path. Some
applications answer 404 or 400 for a Host that they do not expect, and 401 or 403 without a
login.

How to see it
The message names the path that the pod was asked for. The same request to the pod itself, and
what it says about it:

    kubectl ingress test URL --via pod
    kubectl logs -n NAMESPACE POD

What to do
Where the path is wrong: a rewrite, or none (`kubectl ingress trace URL` shows what it does; see
KI510). Where the error is meant: `--expect-status 404`. Else it is the application's to mend.
""",
    "KI107": """\
The answer is not the predicted one.

What it means
By the objects in the cluster the controller should have done something else: forwarded where it
answered itself, or sent another status or redirect. The prediction or the cluster is not up to
date, or something on the way is not known here.

Why it happens
Right after a change the controller may not have loaded it yet; ingress-nginx needs a second or
two, a cloud's load balancer minutes. It may never load it: a configuration that it refuses
leaves the old routes in place (KI501). A snippet, plugin or Lua script answers instead. Or a
CDN, firewall or second load balancer stands before it.

How to see it

    kubectl ingress test URL --wait 30s
    kubectl ingress test URL --via controller
    kubectl ingress lint -A

The first tells a change on its way from one that never comes, the second leaves out all that
stands before the controller. The controller's log names a configuration that it refuses.

What to do
Mend what lint finds. Where the answer stays another one and lint finds nothing, the prediction
is wrong: report it with the output of `kubectl ingress trace URL -o json`.
""",
    "KI108": """\
An expectation was not met.

What it means
An answer came, and it is not what `--expect-status`, `--expect-body` or the `expect` of a route
test asks for. Whether the route works is another question: the sentence says what came, and,
where the controller answered as predicted, why.

Why it happens
The route leads elsewhere than the test has it, the application has changed, or the expectation
is out of date. For text only the first mebibyte of a body is read.

How to see it
`kubectl ingress test URL -v` shows the whole exchange, `kubectl ingress trace URL` the way and
each object that decides on it.

What to do
Mend the route, or write down what is meant now: `kubectl ingress test --all --save FILE` makes
a route test of all that the cluster predicts.
""",
    "KI109": """\
The backend did not answer the controller: 502 or 504.

What it means
The route is right and the Service has ready endpoints. The controller sent the request there,
and the connection was refused or broke (502), or nothing came in time (504).

Why it happens
For 502: nobody listens on the port to which the Service's targetPort leads, or only on 127.0.0.1
of the pod; the pod was just ending; the backend speaks TLS and is asked in plain HTTP, or the
reverse (KI114); the head of the answer is larger than the controller's buffer, 4 KiB by default
on ingress-nginx. For 504: a NetworkPolicy shuts the controller out (KI622), after about 5 s for
each try; or the application takes longer than the read timeout, 60 s by default.

How to see it
`kubectl ingress doctor INGRESS` asks pod, controller and load balancer one after another, and
names the first that fails. By hand:

    kubectl ingress test URL --via pod
    kubectl ingress test URL --via controller

What to do
A port: the Service's targetPort, or the address that the application binds (0.0.0.0). A large
head: the annotation nginx.ingress.kubernetes.io/proxy-buffer-size. A slow answer:
nginx.ingress.kubernetes.io/proxy-read-timeout, in seconds. A policy: allow the controller's
namespace. During rollouts: KI116.
""",
    "KI111": """\
Answers came from pods that the route does not lead to.

What it means
The name of a pod stands in the answer, and it is none of the ready endpoints of the route's
Service.

Why it happens
The endpoints have just changed, and the controller still has the old ones. A canary, or a
Service's selector that takes pods of another application, sends requests there. Or the
application is itself a proxy, and passes on what another one has said.

How to see it

    kubectl ingress trace URL
    kubectl get endpointslices -A

The first names the pods that are meant, the second the Service that has the other one.

What to do
Ask again after some seconds. If it stays: correct the selector of the Service, so that it
selects one application's pods alone.
""",
    "KI125": """\
A split between backends is not measured as it is predicted.

What it means
Of the requests that were sent, one backend got so many more or less than its weight says that
chance does not explain it: the predicted share lies outside of the interval, within which the
true one is with 99.9 % certainty.

Why it happens
A cookie or header sends the client to the same side each time. The weight has just been
changed. Another canary, or a weight in another object, takes a part. Of ingress-nginx only the
first canary of a path counts. A split that is right is called wrong once in a thousand runs.

How to see it
The lines under "split" have the counts. More requests narrow the interval:

    kubectl ingress test URL --count 1000 --concurrency 4
    kubectl ingress trace URL

What to do
Where it stays: correct the weight in the object that trace names. On ingress-nginx weights are
of 100, unless canary-weight-total says otherwise.
""",
    "KI126": """\
A canary has no effect: it has no pods, or none of its own.

What it means
A part of the requests should go to a second version, and does not. Without ready pods behind
the canary the main version serves everything; where both Services select the same pods, both
sides answer alike, and the split measures nothing.

Why it happens
The canary's Deployment has no ready pod, or its Service a selector without match, a wrong name
or port. Or both Services select by one label that both Deployments bear.

How to see it
The message says which. The selectors, and who is behind each:

    kubectl get services -n NAMESPACE -o wide
    kubectl get endpointslices -n NAMESPACE

What to do
Give the canary's pods a label of their own, such as `track: canary`, and both selectors a value
of it. `kubectl ingress scaffold NAME --host HOST --canary-weight 10 --only canary` writes one
that fits.
""",
    "KI127": """\
The command that ran meanwhile failed.

What it means
With `kubectl ingress test --during -- COMMAND` requests are sent while a command runs. None of
the requests was lost, but the command ended with another status than 0, so that what was to be
tested may not have happened.

Why it happens
A rollout that does not come to its end in time, a command that is misspelt, missing rights. Its
output stands above, on stderr.

How to see it
Run the command alone, and ask for its status: `echo $?`.

What to do
Mend the command, and run the test again. For rollouts let it wait for the end:

    kubectl ingress test URL --during -- kubectl rollout status deployment/NAME
""",
}
