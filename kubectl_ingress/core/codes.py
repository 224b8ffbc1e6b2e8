"""The permanent codes: what each finding, verdict and stall is called.

A code is never given another meaning, and a retired one stays listed.
KI1xx routing and backends, KI2xx class and controller, KI3xx TLS, KI4xx
annotations, KI5xx paths and conflicts, KI6xx load balancer and network, KI7xx
install and webhook, KI8xx migration, KI9xx input.
"""

from __future__ import annotations

CODES: dict[str, str] = {
    "KI101": "the host of the request is in no rule",
    "KI102": "the path of the request is in no rule of its host",
    "KI103": "the Service of the route does not exist",
    "KI104": "the Service of the route has no such port",
    "KI105": "the Service of the route has no ready endpoint",
    "KI106": "the application answered with an error",
    "KI107": "the answer is not the predicted one",
    "KI108": "an expectation was not met",
    "KI109": "the backend did not answer the controller (502, 504)",
    "KI110": "the Service of the route is an ExternalName, which is not modelled yet",
    "KI111": "answers came from pods that the route does not lead to",
    "KI201": "the Ingress names no class",
    "KI202": "the Ingress names a class that does not exist or that another controller serves",
    "KI203": "no ingress controller runs in the cluster",
    "KI204": "the ingress controller is not ready",
    "KI205": "several load balancers could be meant",
    "KI206": "two controllers claim one class, or two classes are the default",
    "KI207": "no controller is found for a class",
    "KI208": "no class leads to a controller",
    "KI301": "TLS with the load balancer failed",
    "KI401": "an annotation that changes routing is not modelled yet",
    "KI501": "the controller cannot load its configuration and keeps its old routes",
    "KI502": "an Ingress defines a host and path that an older one already has",
    "KI503": "the controller leaves it to chance which of several routes answers",
    "KI504": "a rule is dead: another route takes all of its requests",
    "KI601": "the load balancer has no address yet",
    "KI602": "the load balancer's name does not resolve",
    "KI603": "the connection was refused",
    "KI604": "no answer in time",
    "KI605": "the connection broke before an answer came",
    "KI701": "ingress-nginx is retired",
    "KI702": "an image cannot be pulled",
    "KI703": "pods cannot be scheduled",
    "KI704": "the controller's pod crashes",
    "KI705": "the admission webhook does not answer",
    "KI706": "the namespace is being deleted",
    "KI707": "pods are refused by quota or Pod Security",
    "KI708": "an object that this program did not make stands in the way",
    "KI709": "the controller was not tested with this version of Kubernetes",
    "KI710": "a version has known vulnerabilities",
    "KI901": "an object is not what its kind says",
    "KI902": "an object has a version of the API that is no longer served",
    "KI903": "an object is defined twice",
}
