"""Flags as typed -> what is wanted, checked as a whole before anything is written."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.errors import UsageError
from kubectl_ingress.recipes import Needs
from kubectl_ingress.recipes._catalogue import find_recipe, recipes
from kubectl_ingress.scaffold import checks, images
from kubectl_ingress.scaffold.images import Image
from kubectl_ingress.scaffold.rules import Route, check_distinct, parse_rule

PARTS = ("tls", "deployment", "service", "ingress", "canary")
SERVICE_PORT_NAME = "web-port"
CONTROLLER = "ingress-nginx"
_NGINX = Needs(
    class_name="nginx", rewrite="nginx.ingress.kubernetes.io/rewrite-target", canary=True
)


class Typed(Struct, frozen=True):
    """The flags of scaffold as typed; None or empty means not typed."""

    name: str
    namespace: str = ""
    deployment_name: str = ""
    service_name: str = ""
    ingress_name: str = ""
    replicas: int = 1
    image: str = images.DEFAULT
    container_port: int | None = None
    port: int = 80
    labels: str = ""
    host: str | None = None
    path: str | None = None
    path_type: str = "Prefix"
    controller: str = CONTROLLER
    class_name: str | None = None
    rewrite_target: str | None = None
    rules: tuple[str, ...] = ()
    tls_secret: str = ""
    tls_self_signed: bool = False
    canary_weight: int | None = None
    canary_header: str = ""
    canary_cookie: str = ""
    canary_service: str = ""
    canary_image: str = ""
    only: tuple[str, ...] = ()


class Workload(Struct, frozen=True):
    """A Deployment and the Service before it.

    `image` is None where we know nothing of it and `container_port` is a guess or typed.
    """

    deployment: str
    service: str
    container: str
    labels: Mapping[str, str]
    replicas: int
    reference: str
    image: Image | None
    container_port: int
    port_is_guessed: bool
    port: int


class Canary(Struct, frozen=True):
    """A second Ingress that takes a part of the requests, and what serves them.

    `workload` is None where an existing Service does.
    """

    ingress: str
    annotations: Mapping[str, str]
    service: str
    port: int | str
    workload: Workload | None


class Wanted(Struct, frozen=True):
    """All that scaffold writes. `warnings` are sentences about what is possible but odd.

    `needs` is what the controller wants of an Ingress.
    """

    namespace: str
    workload: Workload
    ingress: str
    class_name: str
    routes: tuple[Route, ...]
    rewrite_target: str
    certificate_secret: str
    certificate_hosts: tuple[str, ...]
    canary: Canary | None
    parts: frozenset[str]
    warnings: tuple[str, ...]
    needs: Needs = _NGINX

    def for_workload(self) -> tuple[Route, ...]:
        """The routes that lead to our own Service."""
        return tuple(route for route in self.routes if route.service == self.workload.service)


def check(typed: Typed) -> Wanted:
    """Raises UsageError for the first thing that cannot be, with the rule it breaks."""
    name = checks.label_name(typed.name, "NAME")
    namespace = checks.label_name(typed.namespace, "--namespace") if typed.namespace else ""
    needs = _needs(typed.controller)
    workload = _workload(typed, name)
    routes, warnings = _routes(typed, workload, needs)
    routes, secret, hosts = _with_tls(typed, name, routes)
    check_distinct(routes)
    canary = _canary(typed, name, workload, routes)
    if canary is not None and not needs.canary:
        raise UsageError(
            f"{typed.controller} has no canary by annotations of an Ingress",
            "leave the canary out; the controller has objects of its own for that, or none",
        )
    rewrite = _rewrite(typed, workload, routes)
    if rewrite and not needs.rewrite:
        rewrite = _without_rewrite(typed, rewrite, warnings)
    class_name = needs.class_name if typed.class_name is None else typed.class_name
    return Wanted(
        namespace=namespace,
        workload=workload,
        ingress=_named(typed.ingress_name, name, "--ingress-name"),
        class_name=checks.object_name(class_name, "--class"),
        routes=routes,
        rewrite_target=rewrite,
        certificate_secret=secret,
        certificate_hosts=hosts,
        canary=canary,
        parts=_parts(typed, canary is not None),
        warnings=tuple(warnings),
        needs=needs,
    )


def _needs(controller: str) -> Needs:
    """What this controller wants of an Ingress. Raises UsageError for one that serves none."""
    recipe = find_recipe(controller)
    if controller == CONTROLLER:
        return _NGINX
    if recipe is not None and recipe.needs is not None:
        return recipe.needs
    known = ", ".join([CONTROLLER, *(name for name, one in recipes().items() if one.needs)])
    if recipe is not None:
        what = f"{recipe.title} serves the Gateway API, and scaffold writes Ingresses"
        raise UsageError(what, f"one of: {known}")
    raise UsageError(f"no controller is called {controller!r} here", f"one of: {known}")


def _without_rewrite(typed: Typed, rewrite: str, warnings: list[str]) -> str:
    why = f"{typed.controller} has no annotation of an Ingress that sends another path on"
    if typed.rewrite_target is not None:
        raise UsageError(why, "leave --rewrite-target out")
    warnings.append(f"{why}, and this image answers {rewrite} and a few others only")
    return ""


def _named(given: str, default: str, flag: str) -> str:
    return checks.object_name(given or default, flag if given else "the name")


def _workload(typed: Typed, name: str) -> Workload:
    labels = {"app": name, **checks.labels(typed.labels)}
    reference = checks.image(typed.image, "--image")
    image = images.known(reference)
    number = typed.container_port
    if number is not None:
        checks.port(number, "--container-port")
    service = typed.service_name or f"{name}-service"
    return Workload(
        deployment=_named(typed.deployment_name, f"{name}-deployment", "--deployment-name"),
        service=checks.service_name(
            service, "--service-name" if typed.service_name else "the Service's name"
        ),
        container=name,
        labels=labels,
        replicas=checks.replicas(typed.replicas),
        reference=reference,
        image=image,
        container_port=number or (image.port if image else images.GUESSED_PORT),
        port_is_guessed=number is None and image is None,
        port=checks.port(typed.port, "--port"),
    )


def _routes(typed: Typed, workload: Workload, needs: Needs) -> tuple[tuple[Route, ...], list[str]]:
    routes = tuple(parse_rule(rule) for rule in typed.rules)
    warnings: list[str] = []
    if not typed.rules or typed.host is not None or typed.path is not None:
        path = "/" if typed.path is None else typed.path
        own = Route(
            host=checks.host(typed.host or "", "--host"),
            path=checks.path(path, typed.path_type, "--path"),
            path_type=typed.path_type,
            service=workload.service,
            port=workload.port,
        )
        routes = (own, *routes)
        if typed.host and own.host != typed.host:
            warnings.append(f"host {typed.host} is written in lower case: {own.host}")
    for route in routes:
        if route.service != workload.service:
            warnings.append(
                f"the rule for {route.host}{route.path} leads to Service {route.service},"
                " which is not made here"
            )
        elif route.port not in (workload.port, SERVICE_PORT_NAME):
            raise UsageError(
                f"the rule for {route.host}{route.path} names port {route.port}, and Service"
                f" {workload.service} has {workload.port} ({SERVICE_PORT_NAME}) only",
                "give the Service another port with --port",
            )
        problem = checks.strict_path_problem(route.path, route.path_type)
        # Who reads ingress-nginx's annotations checks paths as it does.
        if problem and needs.canary:
            warnings.append(problem)
    return routes, warnings


def _with_tls(
    typed: Typed, name: str, routes: tuple[Route, ...]
) -> tuple[tuple[Route, ...], str, tuple[str, ...]]:
    """The routes with --tls-secret and --tls-self-signed, the Secret to make and its hosts."""
    secret = typed.tls_secret
    if secret:
        checks.object_name(secret, "--tls-secret")
    elif typed.tls_self_signed:
        secret = checks.object_name(f"{name}-tls", "the Secret's name")
    if secret:
        routes = tuple(
            route if route.secret is not None else replace(route, secret=secret) for route in routes
        )
    if not typed.tls_self_signed:
        return routes, "", ()
    found = (route.host for route in routes if route.secret == secret and route.host)
    hosts = tuple(dict.fromkeys(found))
    if not hosts:
        raise UsageError(
            "--tls-self-signed has no host to make a certificate for", "name one with --host"
        )
    return routes, secret, hosts


def _rewrite(typed: Typed, workload: Workload, routes: tuple[Route, ...]) -> str:
    if typed.rewrite_target is not None:
        return checks.rewrite_target(typed.rewrite_target)
    image = workload.image
    all_ours = all(route.service == workload.service for route in routes)
    if image is None or not all_ours or all(image.serves(route.path) for route in routes):
        return ""
    # The annotation changes every path of the Ingress, so it is only added where all are ours.
    return image.paths[0]


def _canary(
    typed: Typed, name: str, workload: Workload, routes: tuple[Route, ...]
) -> Canary | None:
    annotations = _canary_annotations(typed)
    if not annotations:
        if typed.canary_service or typed.canary_image:
            raise UsageError(
                "a canary needs to know which requests it gets",
                "--canary-weight PERCENT, --canary-header NAME[=VALUE] or --canary-cookie NAME",
            )
        return None
    if not any(route.service == workload.service for route in routes):
        raise UsageError(
            f"no rule leads to Service {workload.service}, so a canary of it would get nothing",
            f"add a rule to it: --rule HOST/PATH*={workload.service}:{workload.port}",
        )
    ingress = checks.object_name(f"{name}-canary", "the name of the canary's Ingress")
    if typed.canary_service:
        if typed.canary_image:
            raise UsageError(
                "--canary-image and --canary-service exclude each other",
                "the image is for a Deployment made here, the Service one that is there already",
            )
        service, colon, port = typed.canary_service.partition(":")
        checks.service_name(service, "--canary-service")
        number = checks.port_reference(port, "--canary-service port") if colon else workload.port
        return Canary(ingress, annotations, service, number, None)
    second = _canary_workload(typed, name, workload)
    return Canary(ingress, annotations, second.service, second.port, second)


def _canary_workload(typed: Typed, name: str, workload: Workload) -> Workload:
    """The same again under other names, so that the canary answers at once."""
    label = checks.label_name(f"{workload.labels['app']}-canary", "the canary's label app")
    if not typed.canary_image:
        second = workload
    else:
        reference = checks.image(typed.canary_image, "--canary-image")
        image = images.known(reference)
        second = replace(
            workload,
            reference=reference,
            image=image,
            container_port=image.port if image else workload.container_port,
            port_is_guessed=image is None and typed.container_port is None,
        )
    return replace(
        second,
        deployment=checks.object_name(f"{name}-canary-deployment", "the canary's Deployment"),
        service=checks.service_name(f"{name}-canary-service", "the canary's Service"),
        labels={**workload.labels, "app": label},
        replicas=1,
    )


def _canary_annotations(typed: Typed) -> dict[str, str]:
    found: dict[str, str] = {}
    if typed.canary_header:
        header, equals, value = typed.canary_header.partition("=")
        found["canary-by-header"] = checks.header_name(header, "--canary-header")
        if equals:
            found["canary-by-header-value"] = checks.canary_word(value, "--canary-header value")
    if typed.canary_cookie:
        found["canary-by-cookie"] = checks.canary_word(typed.canary_cookie, "--canary-cookie")
    if typed.canary_weight is not None:
        if not 0 <= typed.canary_weight <= 100:
            raise UsageError(f"--canary-weight {typed.canary_weight} is no percentage", "0 to 100")
        found["canary-weight"] = str(typed.canary_weight)
    return found


def _parts(typed: Typed, has_canary: bool) -> frozenset[str]:
    words = [word for words in typed.only for word in words.split(",") if word]
    unknown = [word for word in words if word not in PARTS]
    if unknown:
        raise UsageError(f"--only {unknown[0]!r} is no part", f"parts: {', '.join(PARTS)}")
    if "tls" in words and not typed.tls_self_signed:
        raise UsageError("--only tls: there is no Secret to make", "add --tls-self-signed")
    if "canary" in words and not has_canary:
        raise UsageError("--only canary: there is no canary", "add --canary-weight PERCENT")
    return frozenset(words or PARTS)
