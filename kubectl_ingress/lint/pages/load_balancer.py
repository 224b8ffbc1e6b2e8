"""KI60x, KI61x and KI65x: the way to the controller."""

from __future__ import annotations

PAGES = {
    "KI601": """\
The load balancer has no address yet.

What it means
Requests have nowhere to go: the controller's Service (or, with the clouds' own controllers, the
Ingress) has no name and no IP in its status. With type LoadBalancer it is pending; with
NodePort or ClusterIP there will never be one.

Why it happens
It is new: a cloud needs one to five minutes. Nobody makes load balancers here: bare metal
without MetalLB, kind, a cluster whose cloud controller does not run or has not seen its nodes.
The cloud refuses: quota, subnets without their tags, missing permissions; an event says so
(KI610). Or the controller's Service itself is gone, and with it the load balancer.

How to see it

    kubectl ingress doctor
    kubectl describe service -n ingress-nginx ingress-nginx-controller

doctor tells the last event, and what this provider needs for a load balancer.

What to do
Wait: `kubectl ingress address --wait 5m`. On bare metal install MetalLB, or ask the nodes' port:
`kubectl ingress test URL --via nodeport`. On kind `kubectl ingress install --provider kind`
makes a controller that listens on the node. A Service that is gone is made again by what made
the controller: the fix of the message is the command. Its load balancer has a new address then.
""",
    "KI602": """\
A name does not resolve.

What it means
The load balancer has a name, or a host a route, and DNS knows no address for it. Nothing was
sent.

Why it happens
The name of a new load balancer takes minutes until it is out, and a resolver that was asked too
early remembers for up to 15 minutes that there is none. A host of your own has no record yet,
or one in another zone than the one that is asked. Or this machine has no resolver that works.

How to see it

    kubectl ingress doctor --resolver 1.1.1.1
    kubectl ingress test URL --via controller

doctor asks several resolvers and the zone's own servers, and tells how long each keeps its
answer. The second asks the controller without any name.

What to do
For a load balancer's name: wait; `kubectl ingress test URL --wait 5m` asks its zone, so that no
resolver remembers a wrong answer. For a host: a CNAME record that leads to the load balancer's
name, an A record for an IP. `kubectl ingress test http://HOST/` needs no record: it sends to
the load balancer under that host.
""",
    "KI603": """\
The connection was refused.

What it means
Somebody is at that address, and nobody listens on that port. No request was sent.

Why it happens
The load balancer has no healthy target: the controller's pods are not ready, its health check
asks for a path that is not there, or externalTrafficPolicy is Local and no node has a pod. The
controller has never loaded a configuration (KI501): then nginx listens to nobody. The port is
none that the load balancer listens on: https, where it was made for http alone.

How to see it
The first hop that answers shows what is broken:

    kubectl ingress test URL --via nodeport
    kubectl ingress test URL --via controller
    kubectl ingress status

`kubectl describe service -n NAMESPACE NAME` has the ports and the events.

What to do
Ready pods first (KI204). Then the ports of the controller's Service, and its health check
(KI623, KI624). Where only the load balancer refuses, its provider's page of targets tells why.
""",
    "KI604": """\
No answer in time.

What it means
Packets were sent and nothing came back: neither a connection nor a refusal within
`--connect-timeout`, or no answer within `--max-time`. The message says in which of the phases,
to connect, TLS, the answer, it stopped.

Why it happens
To connect: something drops packets. A firewall or security group without this port, a load
balancer that is private (KI629), nodes without a pod of the controller while the traffic policy
is Local (KI624), on Azure a health check that gets a 404 (KI623), an IPv6 address where nobody
listens (KI627), or, from inside the cluster, a way past the load balancer (KI626). For an
answer: the application is slow, or a NetworkPolicy shuts the controller out.

How to see it
Ask nearer hops: what answers first lies behind the fault.

    kubectl ingress test URL --via nodeport
    kubectl ingress test URL --via controller
    kubectl ingress test URL --from cluster
    kubectl ingress doctor

What to do
Where the controller answers and the load balancer does not: open its port, from your address to
the load balancer and from it to the nodes' ports. Where the answer alone is late: `--max-time`,
and the controller's read timeout (KI109).
""",
    "KI605": """\
The connection broke before an answer came.

What it means
The connection was made, and then it was closed or reset without a whole answer.

Why it happens
The PROXY protocol is expected and not sent: nginx closes the connection at once (KI625). Plain
HTTP went to a port that wants TLS, of another program than nginx, which would say so (KI620).
The controller's pod ended, or a load balancer has no target that works and closes what it took.
A firewall that looks into requests resets those that it does not like.

How to see it

    kubectl ingress lint
    kubectl ingress test URL -v
    kubectl ingress test URL --via controller

lint holds the load balancer's annotations for the PROXY protocol against the controller's
ConfigMap. Where the controller answers, the load balancer or what is before it breaks it.

What to do
Set both sides of the PROXY protocol alike. Where it breaks now and then: look at restarts
(`kubectl get pods -n NAMESPACE`), and at idle timeouts of the load balancer that are shorter
than an answer takes.
""",
    "KI606": """\
A load balancer finds its backends unhealthy.

What it means
The cloud's load balancer looks after the pods itself, as GKE's does, and sends no requests to
backends that do not pass its health check: clients get 502, or a page of the cloud.

Why it happens
Its check wants 200 from / or from the path of the pods' HTTP readinessProbe; an application
that redirects / or asks for a login fails it. It reaches the nodes by a firewall rule that is
missing (130.211.0.0/22 and 35.191.0.0/16). The Service is of type ClusterIP and has no network
endpoint group. New backends need some minutes.

How to see it
The annotation ingress.kubernetes.io/backends of the Ingress has the state of each:

    kubectl describe ingress -n NAMESPACE NAME
    kubectl ingress doctor

What to do
Give the pods a readinessProbe with a path that answers 200, before the Ingress is made; or a
BackendConfig with a healthCheck. Annotate the Service with
cloud.google.com/neg: '{"ingress": true}'.
""",
    "KI607": """\
A host's name leads elsewhere than to the load balancer.

What it means
DNS has addresses for the host, and none of them is one of the load balancer that serves it.

Why it happens
A CDN, a web application firewall or another proxy is before it, which is right. Or the record is
of an older load balancer or cluster: names outlive what they lead to, and a load balancer that
is made anew has another name.

How to see it
`kubectl ingress doctor` has both sides, and how long the answer is kept. What stands at the
other address answers for itself: `kubectl ingress test http://HOST/ --diff HOST LOAD-BALANCER`.

What to do
Nothing, where a proxy is meant: it must lead to the load balancer. Else set the record: a CNAME
to the load balancer's name (`kubectl ingress address`), an A record for an IP.
""",
    "KI608": """\
Resolvers disagree about a name.

What it means
One of those that were asked has an address for the host, and another says that there is no such
name. Some clients come through, and others do not.

Why it happens
The record is new, and the resolver that denies it was asked before it was there: it keeps that
answer as long as the zone says (its SOA record), often 10 to 15 minutes. Or there are two zones,
one for inside and one for outside, and only one has the record.

How to see it
`kubectl ingress doctor --resolver IP` names who has it, who has not, and for how long.

What to do
Wait until the time is over; meanwhile `kubectl ingress test http://HOST/` reaches the load
balancer without DNS. If it stays: add the record to the other zone.
""",
    "KI610": """\
A cloud's controller reports a failure.

What it means
The last event about an Ingress or a Service is a warning of whoever makes its load balancer.
After FailedBuildModel, FailedDeployModel, SyncLoadBalancerFailed or Translate there is no load
balancer, or one with old routes.

Why it happens
The event says it. Often: subnets that are not tagged, a target type that does not fit the
Service's, a certificate that is not found, permissions or quota that are missing.

How to see it

    kubectl describe ingress -n NAMESPACE NAME
    kubectl ingress doctor

Events are kept for an hour; after that the log of the cloud's controller has it.

What to do
What the message names. Subnets for AWS: tag them kubernetes.io/role/elb=1, private ones
kubernetes.io/role/internal-elb=1. A ClusterIP Service behind an ALB: the annotation
alb.ingress.kubernetes.io/target-type: ip.
""",
    "KI611": """\
A redirect leads to the URL that was asked for.

What it means
The application answered with a redirect to the same URL: browsers stop with "too many
redirects".

Why it happens
It wants https, and is asked in plain HTTP by the controller, where TLS has ended. It does not
believe the header X-Forwarded-Proto: https, or does not get it. Where the controller itself
redirects so, it is KI621.

How to see it

    kubectl ingress test URL -L
    kubectl ingress test URL --via pod -H 'X-Forwarded-Proto: https'

Where the second answers without a redirect, the header does not arrive.

What to do
Let the application trust the proxy's X-Forwarded-Proto (most frameworks have a setting for it),
or leave the redirect to the controller and switch it off in the application.
""",
    "KI612": """\
Another than the controller answered.

What it means
The page or the headers of the answer are those of another program: a cloud's load balancer, a
CDN, another ingress controller.

Why it happens
The address leads elsewhere: an old record, or another load balancer with that name. A proxy
before the controller answers by itself, as a CDN does with an error of its own, or a load
balancer without healthy targets (503 of awselb, 502 of Google's). Two controllers share one
class and take turns with the address (KI206).

How to see it
The message says who it looks like. Without anything before it:

    kubectl ingress test URL --via controller
    kubectl ingress doctor

What to do
Where the controller answers as predicted, mend what stands before it: DNS (KI607), targets and
health checks of the load balancer (KI606, KI610). Else look who serves the class:
`kubectl ingress status`.
""",
    "KI650": """\
A resolver still remembers that there was no such name.

What it means
The test passed, because the load balancer's name was asked of its own zone. The resolver of
this machine still says that there is no such name, and so do browsers and curl here, for as
long as the message says.

Why it happens
It was asked before the name was out, and keeps that answer, as it should. Others that were not
asked too early reach the load balancer.

How to see it

    kubectl ingress doctor
    getent hosts NAME

What to do
Wait, or empty the cache of this machine (on systemd `resolvectl flush-caches`); a company's
resolver keeps its own. `kubectl ingress test --wait 5m` right after an install does not ask too
early.
""",
}
