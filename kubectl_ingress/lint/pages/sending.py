"""KI630 to KI643: answers that are none, redirects, and places to send from and to."""

from __future__ import annotations

PAGES = {
    "KI630": """\
What answers does not speak HTTP.

What it means
The connection was made, and what came back is no HTTP answer, or not one that can be read.

Why it happens
The port is another program's: TLS asked in plain text, a database, SSH. The PROXY protocol is
not understood by one side (KI625). Or the answer breaks the rules: two lengths that contradict
each other, a header without a colon.

How to see it
The message has what is wrong, and -v the bytes that came:

    kubectl ingress test URL -v
    kubectl describe service -n NAMESPACE NAME

What to do
Correct port and targetPort of the controller's Service: 80 leads to http, 443 to https. Where
the application answers so, it is its to mend: other clients may let it pass, and proxies refuse
it.
""",
    "KI631": """\
An answer began and did not end in time.

What it means
Status and headers came, and the body was not all there when `--max-time` was over.

Why it happens
The answer has no end: server-sent events, a watch, a log that is followed. It is large, or the
way is slow. Or the application says a length and sends less.

How to see it

    kubectl ingress test URL --max-time 120 -v
    kubectl ingress test URL -I

The second asks for the head alone.

What to do
A longer `--max-time` for what is large. For what never ends test another path, such as the
application's health check. Where the length is wrong, the application is to be mended.
""",
    "KI632": """\
A redirect leads to a host that no route has.

What it means
With -L redirects are followed, and this one leads to a host that no Ingress here serves. It is
not followed: to this load balancer it would be another request than the one a browser makes.

Why it happens
It is a login at another company, or the new domain: then it is right. Or a host in a redirect
annotation or in the application's settings is misspelt, or its Ingress is missing here.

How to see it
The line above has the whole Location. `kubectl ingress list` has the hosts that there are.

What to do
Nothing, where it is meant; `curl -L` follows it. Else correct the host, or make a route for it.
""",
    "KI633": """\
Redirects lead in a circle, or to nowhere.

What it means
With -L redirects were followed, and they came back to a URL that was asked already, were more
than `--max-redirs`, or led to something that is no http URL. Browsers say "too many redirects".

Why it happens
One side redirects to https and the other back to http; to www and back; to a path with a slash
at its end and without. Often application and controller each have a rule of their own.

How to see it
Each redirect is a line of the output; who makes it stands in
`kubectl ingress trace URL` for the controller's, and in `--via pod` for the application's.

What to do
Leave each redirect to one of them: take ssl-redirect, from-to-www-redirect or
permanent-redirect out of the Ingress, or the rule out of the application. TLS that ends at the
load balancer: KI621 and KI611.
""",
    "KI640": """\
There is no such place to send the request to.

What it means
`--via` names a hop that this cluster or this route does not have, or nothing leads to the port
of the URL. Nothing was sent.

Why it happens
A Service without node ports has no nodeport; a controller on the nodes' own ports, or outside
the cluster, no Service; a ClusterIP leads nowhere from a machine outside, and nowhere at all in
a lab. A route that is answered by the controller, or has no ready pod, has no pod.

How to see it

    kubectl ingress status
    kubectl ingress trace URL

What to do
Name another hop; the message says which there is. `--via controller` and `--via pod` go through
the API server where no network leads to pods, `--from cluster` sends from inside.
""",
    "KI641": """\
A pod that sends from inside the cluster failed.

What it means
`--from cluster` runs curl in a Job, and one of its pods ended with an error, or was ended. The
requests were not all sent, so nothing was judged. Nothing of the Job is left behind.

Why it happens
The image that `--image` names has no curl, or one before 7.75. The node had no memory left, or
evicted the pod. A webhook or a mesh put a container into it that does not let it out.

How to see it
The message has the reason and the exit status of curl's container. While it runs:
`kubectl get pods,events -n NAMESPACE`.

What to do
Run it again without `--image`, or with one that has curl 7.75 or later (7.88 to judge
certificates). In a mesh choose a namespace that has none: `--job-namespace NAME`.
""",
    "KI642": """\
The log of a pod that sends from inside the cluster is cut.

What it means
What the pods measure is read from their logs, and of this one a part is missing. A part is not
judged for the whole.

Why it happens
Nodes keep a few files of a few mebibytes for each container and drop the oldest. Many requests
with large answers write more than that.

How to see it
The message names the pod, and where its log stops.

What to do
Send fewer requests in one run, or share them out: `--parallelism 10`. A path with a short
answer, or `-I`, which asks for the head alone, takes less room.
""",
    "KI643": """\
The pods that send from inside the cluster do not come to an end.

What it means
The Job of `--from cluster` was not done within the time that its requests may take, and nothing
tells why. It is removed, and nothing was judged.

Why it happens
Pods wait for a machine or an image without an event that says so; a container that a mesh added
keeps them running; the requests are slow, and `--count` is large.

How to see it
Run it again, and look meanwhile:

    kubectl -n NAMESPACE get pods,events

What to do
Fewer requests, or a shorter `--max-time`; more pods: `--parallelism N`; a namespace without a
mesh: `--job-namespace NAME`.
""",
}
