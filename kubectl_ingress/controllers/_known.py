"""Ingress controllers that are recognised by their images, classes and labels.

Data alone: one entry a controller, whether its routes are modelled (then a file of
the same name, or alias, is in this folder) or not. Class names and controller
values are those of the projects' own sources and charts (autumn 2026), image names
those that they publish.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class By(Enum):
    """What decides whether an IngressClass is a controller's own."""

    CONTROLLER = "its spec.controller"
    NAME = "its name"
    BOTH = "its spec.controller and its name"


class Serves(Struct, frozen=True):
    """One way in which a controller takes Ingresses, and what decides it.

    `controller` is IngressClass.spec.controller, `class_name` the class that it
    goes by unless its flag says otherwise; flags are written without dashes.
    `suffix_flag`: its value stands behind `controller`, after a slash.
    `switch`: it serves so only when this flag, or one below it, is given.
    `narrows`: once the class flag is given, only the class of that name counts.
    `unless_told`: it takes Ingresses without a class too, unless the class flag is given.
    """

    controller: str = ""
    class_name: str = ""
    by: By = By.CONTROLLER
    class_flag: str = ""
    controller_flag: str = ""
    suffix_flag: str = ""
    without_class_flag: str = ""
    switch: str = ""
    narrows: bool = False
    unless_told: bool = False
    more_names: tuple[str, ...] = ()
    without_class: bool = False


class Known(Struct, frozen=True):
    """One controller.

    `name` is what `install` calls it. One that `serves` nothing has the Gateway
    API alone. `images` are the ends of the repositories of its image, in whole
    components; `argument` one of its arguments, where other programs come in
    the same image. `apps` are the values of the label app.kubernetes.io/name
    by which it is found under another image name.
    `services` are what its traffic comes in by, where that leads to other pods
    than its own. `needs_class`: without an IngressClass it serves nobody, and
    that is a mistake. `optional`: it is mostly there for something else, and
    counts once a class or an Ingress is its own. `outside`: it runs beside the
    cluster, and what is in the cluster only tells that it is there. `build_of`:
    it is that controller as somebody else builds and runs it, and is told apart
    by its spec.controller.
    `env_prefix`: variables that begin so are flags too. `by_cloud`: what carries
    requests is the cloud's, and it only says where to.
    """

    name: str
    title: str
    images: tuple[str, ...] = ()
    serves: tuple[Serves, ...] = ()
    apps: tuple[str, ...] = ()
    argument: str = ""
    services: tuple[str, ...] = ()
    needs_class: bool = True
    optional: bool = False
    outside: bool = False
    build_of: str = ""
    env_prefix: str = ""
    by_cloud: bool = False

    @property
    def carries(self) -> bool:
        """Whether Ingresses' requests pass its own pods, by a Service that selects these."""
        return not (self.services or self.outside or self.by_cloud)


KNOWN = (
    Known(
        "f5-nginx",
        "F5 NGINX Ingress Controller",
        images=("nginx-ingress", "nginx-plus-ingress"),
        # Its pod stops at once unless a class of this name has this controller.
        serves=(Serves("nginx.org/ingress-controller", "nginx", By.BOTH, "ingress-class"),),
        apps=("nginx-ingress",),
    ),
    Known(
        "traefik",
        "Traefik",
        images=("traefik", "mirrored-library-traefik"),
        serves=(
            Serves(
                "traefik.io/ingress-controller",
                class_flag="providers.kubernetesingress.ingressclass",
                narrows=True,
            ),
            # Reads ingress-nginx's classes and annotations, 3.6.2 and later.
            Serves(
                "k8s.io/ingress-nginx",
                "nginx",
                class_flag="providers.kubernetesingressnginx.ingressclass",
                controller_flag="providers.kubernetesingressnginx.controllerclass",
                without_class_flag="providers.kubernetesingressnginx.watchingresswithoutclass",
                switch="providers.kubernetesingressnginx",
            ),
        ),
        apps=("traefik",),
    ),
    Known(
        "haproxytech",
        "HAProxy Kubernetes Ingress Controller",
        images=("haproxytech/kubernetes-ingress",),
        serves=(
            Serves(
                "haproxy.org/ingress-controller",
                class_flag="ingress.class",
                suffix_flag="ingress.class",
                without_class_flag="empty-ingress-class",
                unless_told=True,
            ),
        ),
        apps=("kubernetes-ingress",),
    ),
    Known(
        "haproxy-ingress",
        "HAProxy Ingress (jcmoraisjr)",
        images=("jcmoraisjr/haproxy-ingress",),
        serves=(
            Serves(
                "haproxy-ingress.github.io/controller",
                "haproxy",
                class_flag="ingress-class",
                suffix_flag="controller-class",
                without_class_flag="watch-ingress-without-class",
            ),
        ),
        apps=("haproxy-ingress",),
    ),
    Known(
        "kong",
        "Kong Ingress Controller",
        images=("kong/kubernetes-ingress-controller",),
        serves=(Serves("ingress-controllers.konghq.com/kong", "kong", By.NAME, "ingress-class"),),
        services=("kong-gateway-proxy", "kong-kong-proxy", "kong-proxy"),
        needs_class=False,
        env_prefix="CONTROLLER_",
    ),
    Known(
        "contour",
        "Contour",
        images=("projectcontour/contour",),
        # It looks at no IngressClass object, just at the name.
        serves=(Serves("", "contour", By.NAME, "ingress-class-name", unless_told=True),),
        argument="serve",
        services=("envoy",),
        needs_class=False,
    ),
    Known(
        "istio",
        "Istio",
        images=("istio/pilot",),
        serves=(Serves("istio.io/ingress-controller", "istio"),),
        services=("istio-ingressgateway",),
        needs_class=False,
        optional=True,
    ),
    Known(
        "cilium",
        "Cilium",
        images=("cilium/cilium",),
        serves=(Serves("cilium.io/ingress-controller", "cilium"),),
        services=("cilium-ingress",),
        needs_class=False,
        optional=True,
    ),
    Known(
        "aws-load-balancer-controller",
        "AWS Load Balancer Controller",
        images=("aws-load-balancer-controller", "aws-alb-ingress-controller"),
        serves=(Serves("ingress.k8s.aws/alb", "alb", class_flag="ingress-class"),),
        apps=("aws-load-balancer-controller",),
        # It also makes the load balancers of Services, and often nothing else.
        needs_class=False,
        by_cloud=True,
    ),
    Known(
        "eks-auto-mode",
        "EKS Auto Mode",
        serves=(Serves("eks.amazonaws.com/alb"),),
        outside=True,
    ),
    Known(
        "gke",
        "GKE Ingress",
        # The page for what no rule matches, the only part of it in the cluster.
        images=(
            "ingress-gce-404-server-with-metrics",
            "ingress-gce-404-server-with-metrics-amd64",
        ),
        # It has no IngressClass: the annotation decides, or that there is none.
        serves=(
            Serves(
                "",
                "gce",
                more_names=("gce-internal", "gce-regional-external"),
                without_class=True,
            ),
        ),
        needs_class=False,
        outside=True,
    ),
    Known(
        "agic",
        "Azure Application Gateway Ingress Controller",
        images=("azure-application-gateway/kubernetes-ingress",),
        serves=(Serves("azure/application-gateway", "azure/application-gateway"),),
        needs_class=False,
        by_cloud=True,
    ),
    Known(
        "aks-app-routing",
        "AKS application routing",
        serves=(Serves("webapprouting.kubernetes.azure.com/nginx"),),
        build_of="ingress-nginx",
    ),
    Known(
        "cloud-provider-kind",
        "cloud-provider-kind",
        serves=(Serves("kind.sigs.k8s.io/ingress-controller", "cloud-provider-kind"),),
        outside=True,
    ),
    Known("envoy-gateway", "Envoy Gateway", images=("envoyproxy/gateway",)),
    Known(
        "nginx-gateway-fabric",
        "NGINX Gateway Fabric",
        images=("nginx-gateway-fabric", "nginx-gateway-fabric/nginx-gateway"),
        apps=("nginx-gateway-fabric",),
    ),
)

# The names of those that run beside the cluster, where nothing of them can be found.
OUTSIDE = frozenset(known.name for known in KNOWN if known.outside)

# Those that many build for themselves: name -> parts of image names that all keep.
# SUSE's, Chainguard's and other continued builds of ingress-nginx do.
BUILT_BY_MANY = {
    "ingress-nginx": (
        "ingress-nginx/controller",
        "nginx-ingress-controller",
        "ingress-nginx-controller",
    )
}

# The class names that installations have by default, beside those above.
_BY_CLASS = {
    "nginx": "ingress-nginx",
    # MicroK8s.
    "public": "ingress-nginx",
    # AKS application routing.
    "webapprouting.kubernetes.azure.com": "ingress-nginx",
    "traefik": "traefik",
    "azure-application-gateway": "agic",
}

_SERVED = (name for one in KNOWN for s in one.serves for name in (s.class_name, *s.more_names))
CLASS_NAMES = tuple(dict.fromkeys(name for name in (*_BY_CLASS, *_SERVED) if name))
"""All class names that lead to a controller by themselves."""


def name_by_class(class_name: str) -> str:
    """The controller that a class of this name is mostly one of, "" where none is known."""
    if class_name in _BY_CLASS:
        return _BY_CLASS[class_name]
    for known in KNOWN:
        if any(class_name in (one.class_name, *one.more_names) for one in known.serves):
            return known.name if class_name else ""
    return ""


def repository_of(image: str) -> str:
    """An image without tag and digest: ``host:5000/path/name``."""
    named = image.partition("@")[0]
    head, slash, last = named.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def known_by_image(repository: str) -> Known | None:
    """The entry whose image has a repository that ends so, None where there is none."""
    for known in KNOWN:
        if any(f"/{repository}".endswith(f"/{end}") for end in known.images):
            return known
    return None


def name_by_build(image: str) -> str:
    """The controller that many build whose image this is, "" where it is none."""
    for name, parts in BUILT_BY_MANY.items():
        if any(part in image for part in parts):
            return name
    return ""


def known_by_controller(value: str) -> Known | None:
    """The entry that serves classes with this spec.controller, None where there is none."""
    for known in KNOWN:
        for serves in known.serves:
            if serves.switch or not serves.controller:
                continue
            may_go_on = bool(serves.suffix_flag or known.build_of)
            if serves.controller == value or (
                may_go_on and value.startswith(f"{serves.controller}/")
            ):
                return known
    return None
