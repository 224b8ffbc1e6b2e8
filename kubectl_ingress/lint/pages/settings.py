"""KI3xx to KI5xx: TLS, annotations and paths."""

from __future__ import annotations

PAGES = {
    "KI301": """\
TLS with the load balancer failed.

What it means
The connection was made, and the handshake failed or the certificate was not accepted. No
request was sent. A certificate is always verified for the host of the URL, as curl does.

Why it happens
The controller has none for the host and presents its own ("Kubernetes Ingress Controller Fake
Certificate", "TRAEFIK DEFAULT CERT"), which no client accepts: the Secret is missing, in
another namespace, for other names, or has another certificate's key, or spec.tls does not name
the host (KI302). It has expired. It is signed by an authority that this machine does not know,
or by itself. The controller asks clients for a certificate of theirs. Or the port speaks no TLS.

How to see it
The message says whose certificate came, for which names and until when, and what is wrong with
the Secret that the host should have.

    kubectl ingress lint
    kubectl ingress test URL -v
    kubectl ingress doctor

lint follows spec.tls to the Secrets; doctor also follows cert-manager on its way.

What to do
A Secret for the host, in the namespace of the Ingress, and its name in spec.tls:

    kubectl create secret tls NAME --cert=FILE --key=FILE

For an authority of your own `--cacert FILE`, for a client certificate `--cert` and `--key`. `-k`
accepts any, to see what is behind it.
""",
    "KI401": """\
Something that may change the route is not modelled.

What it means
The prediction was made without something that may change what becomes of the request: an
annotation that is not modelled yet, a snippet, plugin or Lua script, a login that another
server decides about, a path that the controller may normalise in a way that was not measured.
It is a doubt and no fault: a test passes with it, and says so. Where a guard (a password, a list
of addresses, the largest body) kept a request from its backend, it is the name of that guard.

Why it happens
What such a setting does stands in no object, or was not compared with the real controller.
Where this program does not know it says so and never guesses.

How to see it
The message names the object and the setting. What really happens a request tells:

    kubectl ingress test URL
    kubectl ingress trace URL

What to do
Nothing, where the answer is what you mean. Where a prediction has to be certain, as in a route
test that runs without a cluster, test that route live, or do without the setting.
""",
    "KI405": """\
A limit refuses clients that send more.

What it means
The controller answered 503 or 429 itself because the Ingress limits how many requests or
connections one client may have (limit-rps, limit-rpm, limit-connections and their like), and
this one had more. The backend was not asked.

Why it happens
The limit is lower than what the client sends: a page with many assets, a load test, many people
behind one address. It counts by address and by pod of the controller: with two pods each has
its own count. Behind a load balancer that hides addresses all clients are one.

How to see it
The message has the limit and its annotation. Slower, the same request passes:

    kubectl ingress test URL --count 20 --rate 1

What to do
Raise the annotation's value, or send less. Let ingress-nginx say 429, which clients take for
what it is (KI409). For the clients' own addresses: externalTrafficPolicy Local, or the PROXY
protocol.
""",
    "KI505": """\
A pattern exceeds the match limit on a path.

What it means
A path of an Ingress is a regular expression, and matching this request's path with it takes so
many steps that the engine gives up. A controller that uses it answers 500, or spends a second
of its processor on one request.

Why it happens
A repetition inside a repetition, as in `(a+)+` or `(.*)*`, has very many ways to fit a long
path that does not match in the end.

How to see it
`kubectl ingress trace URL` names the pattern and the Ingress.

What to do
Write it with one repetition: `a+` for `(a+)+`, `[^/]*` for what lies between slashes.
""",
}
