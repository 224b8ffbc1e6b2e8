"""Each refusal of an API server, as it comes over the wire, and what is said about it.

The Statuses are those of a real API server 1.37, shortened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import urllib3
from urllib3.exceptions import NameResolutionError

from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.errors import (
    ApiConflict,
    ApiError,
    ApiFailed,
    ApiForbidden,
    ApiNotFound,
    ApiRefused,
)
from kubectl_ingress.ports.answers import (
    Expired,
    FieldsOwned,
    KindNotServed,
    Overloaded,
    WebhookDenied,
    WebhookFailed,
)
from kubectl_ingress.ports.asked import Session, target_of
from kubectl_ingress.ports.unreachable import unreachable
from tests.answering import PATH, World
from tests.kubeconfigs import Home
from tests.live.recorder import Answer, json_answer, status_answer

WEB = f"{PATH}/web"
WEBHOOK = "validate.nginx.ingress.kubernetes.io"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(Home(tmp_path), stack)


def cannot(verb: str, resource: str, group: str, where: str, user: str = "dev") -> Answer:
    message = f'x is forbidden: User "{user}" cannot {verb} resource "{resource}" in API group '
    return status_answer(403, "Forbidden", f'{message}"{group}" {where}')


@pytest.mark.parametrize(
    ("method", "path", "answer", "sentence", "next_step"),
    [
        (
            "GET",
            PATH,
            cannot("list", "ingresses", "networking.k8s.io", 'in the namespace "shop"'),
            "you may not list ingresses in namespace shop (user dev); "
            "needed: list ingresses.networking.k8s.io",
            "check: kubectl auth can-i list ingresses.networking.k8s.io -n shop",
        ),
        (
            "GET",
            "/apis/networking.k8s.io/v1/ingresses",
            cannot("list", "ingresses", "networking.k8s.io", "at the cluster scope"),
            "you may not list ingresses in all namespaces (user dev); "
            "needed: list ingresses.networking.k8s.io",
            "check: kubectl auth can-i list ingresses.networking.k8s.io -A",
        ),
        (
            "GET",
            "/api/v1/nodes",
            cannot("list", "nodes", "", "at the cluster scope"),
            "you may not list nodes (user dev); needed: list nodes",
            "check: kubectl auth can-i list nodes",
        ),
        (
            "GET",
            "/api/v1/namespaces/shop/pods/a/log",
            cannot("get", "pods/log", "", 'in the namespace "shop"', "jane"),
            "you may not get pods/log in namespace shop (user jane); needed: get pods/log",
            "check: kubectl auth can-i get pods/log -n shop",
        ),
        (
            "GET",
            PATH,
            cannot("impersonate-on:user-info:list", "ingresses", "networking.k8s.io", ""),
            "you may not act as another user (user dev); needed: impersonate users",
            "leave out --as, or ask for that right",
        ),
        (
            "PATCH",
            WEB,
            status_answer(
                403,
                "Forbidden",
                'ingresses.networking.k8s.io "web" is forbidden: unable to create new content in '
                "namespace shop because it is being terminated",
            ),
            "the API server does not let you patch ingress web in namespace shop: "
            'ingresses.networking.k8s.io "web" is forbidden: unable to create new content in '
            "namespace shop because it is being terminated",
            "wait until it is gone: kubectl wait --for=delete namespace/shop --timeout=5m",
        ),
    ],
)
def test_403(
    world: World, method: str, path: str, answer: Answer, sentence: str, next_step: str
) -> None:
    error = world.error(answer, method, path)
    assert isinstance(error, ApiForbidden)
    assert (error.sentence, error.next_step) == (sentence, next_step)


def test_a_403_of_somebody_else(world: World) -> None:
    page = b"<html><head><title>Access\n denied</title></head></html>"
    error = world.error((403, {"Content-Type": "text/html"}, page))
    assert isinstance(error, ApiForbidden)
    assert 'answered 403, but not as Kubernetes does: "Access denied"' in error.sentence


@pytest.mark.parametrize(
    ("method", "path", "answer", "kind", "wanted"),
    [
        (
            "GET",
            WEB,
            status_answer(404, "NotFound", '"web" not found', name="web", kind="ingresses"),
            ApiNotFound,
            "there is no ingress web in namespace shop",
        ),
        (
            "GET",
            "/api/v1/nodes/n",
            status_answer(404, "NotFound", '"n" not found', name="n", kind="nodes"),
            ApiNotFound,
            "there is no node n",
        ),
        (
            "PATCH",
            WEB,
            status_answer(
                404, "NotFound", 'namespaces "shop" not found', name="shop", kind="namespaces"
            ),
            ApiNotFound,
            "there is no namespace shop",
        ),
        (
            "GET",
            "/apis/gateway.networking.k8s.io/v1/httproutes",
            (404, {}, b"404 page not found\n"),
            KindNotServed,
            "does not know httproutes.gateway.networking.k8s.io (context main)",
        ),
        (
            "GET",
            "/apis/networking.k8s.io/v1/foos",
            status_answer(404, "NotFound", "the server could not find the requested resource"),
            KindNotServed,
            "does not know foos.networking.k8s.io (context main)",
        ),
        ("GET", "/foo", (404, {}, b"404 page not found\n"), ApiFailed, '"404 page not found"'),
    ],
)
def test_404(
    world: World, method: str, path: str, answer: Answer, kind: type[ApiError], wanted: str
) -> None:
    error = world.error(answer, method, path)
    assert type(error) is kind
    assert error.sentence.endswith((wanted, f"{wanted} (context main)"))
    assert error.next_step


def test_the_command_that_makes_a_missing_namespace_has_none_itself(world: World) -> None:
    missing = status_answer(404, "NotFound", "not found", name="nope", kind="namespaces")
    error = world.error(missing, "PATCH", WEB)
    assert error.next_step.startswith("create it: kubectl create namespace nope")
    assert "-n" not in addressed(error.next_step, ClusterOptions(namespace="nope")).split()


def test_409_of_a_write_in_between(world: World) -> None:
    message = (
        'Operation cannot be fulfilled on ingresses.networking.k8s.io "web": the object has been '
        "modified; please apply your changes to the latest version and try again"
    )
    error = world.error(status_answer(409, "Conflict", message), "PUT", WEB)
    assert type(error) is ApiConflict
    assert error.sentence == "ingress web in namespace shop was changed by another in the meantime"


def test_409_of_what_exists(world: World) -> None:
    answer = status_answer(409, "AlreadyExists", '"web" already exists', name="web")
    error = world.error(answer, "POST", PATH)
    assert type(error) is ApiConflict
    assert error.sentence == "ingress web in namespace shop exists already"


def test_409_of_other_owners(world: World) -> None:
    causes = [
        {"reason": "FieldManagerConflict", "message": f'conflict with "{who}"', "field": field}
        for who, field in (("helm", ".spec.rules"), ("kubectl", ".a"), ("helm", ".spec.tls"))
    ]
    answer = status_answer(409, "Conflict", "Apply failed with 3 conflicts", causes=causes)
    error = world.error(answer, "PATCH", WEB)
    assert isinstance(error, FieldsOwned)
    assert error.owners == ((".spec.rules", "helm"), (".a", "kubectl"), (".spec.tls", "helm"))
    assert error.sentence == (
        "ingress web in namespace shop: others own what was to be set: "
        "helm (.spec.rules, .spec.tls); kubectl (.a)"
    )
    assert error.next_step == (
        "see who set what: kubectl get ingresses/web -n shop -o yaml --show-managed-fields"
    )


def test_410(world: World) -> None:
    error = world.error(status_answer(410, "Expired", "The provided continue is too old"))
    assert isinstance(error, Expired)


def test_422_says_each_cause(world: World) -> None:
    causes = [{"field": f"spec.rules[{i}].host", "message": "Invalid\nvalue"} for i in range(7)]
    answer = status_answer(422, "Invalid", "is invalid", causes=causes)
    error = world.error(answer, "PATCH", WEB)
    assert type(error) is ApiRefused
    listed = "; ".join(f"spec.rules[{i}].host: Invalid value" for i in range(5))
    assert error.sentence == (
        f"the API server refuses ingress web in namespace shop: {listed}; and 2 more"
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (400, "strict decoding error: unknown field"),
        (413, "limit is 3145728"),
        (500, "failed to create typed patch object (shop/web): .spec.rules: expected list, got x"),
    ],
)
def test_other_refusals(world: World, code: int, message: str) -> None:
    error = world.error(status_answer(code, "X", message), "PATCH", WEB)
    assert type(error) is ApiRefused
    assert error.sentence == (f"the API server refuses ingress web in namespace shop: {message}")


@pytest.mark.parametrize("code", [400, 403, 422])
def test_a_webhook_says_no(world: World, code: int) -> None:
    why = 'host "a.example" and path "/" is already defined in ingress shop/old'
    message = f'admission webhook "{WEBHOOK}" denied the request: {why}'
    error = world.error(status_answer(code, "BadRequest", message), "PATCH", WEB)
    assert isinstance(error, WebhookDenied)
    assert error.webhook == WEBHOOK
    assert error.sentence == (
        f"ingress web in namespace shop is refused by the admission webhook {WEBHOOK}: {why}"
    )


def test_a_webhook_says_no_without_a_word(world: World) -> None:
    message = f'admission webhook "{WEBHOOK}" denied the request without explanation'
    error = world.error(status_answer(400, "BadRequest", message), "PATCH", WEB)
    assert isinstance(error, WebhookDenied)
    assert error.sentence.endswith(f"{WEBHOOK}: it does not say why")


def test_a_webhook_that_does_not_answer(world: World) -> None:
    why = 'failed to call webhook: Post "https://x.svc:443/y": no endpoints available'
    message = f'Internal error occurred: failed calling webhook "{WEBHOOK}": {why}'
    error = world.error(status_answer(500, "InternalError", message), "PATCH", WEB)
    assert isinstance(error, WebhookFailed)
    assert error.webhook == WEBHOOK
    assert error.sentence == (
        "ingress web in namespace shop was not written: the admission webhook "
        f"{WEBHOOK} did not answer: {why}"
    )


def test_500(world: World) -> None:
    error = world.error(status_answer(500, "InternalError", "etcdserver: no leader"))
    assert type(error) is ApiFailed
    assert "failed to list ingresses in namespace shop: 500: etcdserver: no leader" in str(error)
    assert error.next_step == "see how it is: kubectl get --raw '/readyz?verbose'"


def test_500_of_a_write_which_may_be_done(world: World) -> None:
    failed = status_answer(500, "InternalError", "etcdserver: request timed out")
    error = world.error(failed, "PATCH", WEB)
    assert error.next_step.splitlines()[1:] == ["and then run the command again"]


@pytest.mark.parametrize(
    "answer",
    [
        status_answer(429, "TooManyRequests", "too many requests"),
        # As the API server itself writes it where it has no Status yet.
        (429, {"Content-Type": "text/plain"}, b"Too many requests, please try again later.\n"),
        (429, {}, b""),
    ],
)
def test_429_is_told_apart(world: World, answer: Answer) -> None:
    error = world.error(answer)
    assert isinstance(error, Overloaded)
    assert "is overloaded: too many requests" in error.sentence


def test_a_500_of_the_api_server_that_is_no_status(world: World) -> None:
    text = f'Internal Server Error: "{PATH}?limit=500": no RBAC policy\n'
    error = world.error((500, {"Content-Type": "text/plain"}, text.encode()))
    assert type(error) is ApiFailed
    assert error.sentence.endswith(
        f"failed to list ingresses in namespace shop: 500: {text.rstrip()}"
    )
    assert error.next_step == "see how it is: kubectl get --raw '/readyz?verbose'"


RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("clusterroles/a", "escalate clusterroles.rbac.authorization.k8s.io"),
        ("clusterrolebindings/a", "bind clusterroles.rbac.authorization.k8s.io"),
        ("namespaces/x/roles/a", "escalate roles.rbac.authorization.k8s.io in namespace x"),
        ("namespaces/x/rolebindings/a", "bind roles.rbac.authorization.k8s.io in namespace x"),
    ],
)
def test_who_may_not_grant_is_told_the_right_to_grant(world: World, path: str, needed: str) -> None:
    message = (
        'roles "a" is forbidden: user "dev" (groups=["system:authenticated"]) is attempting to '
        'grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"]}'
    )
    error = world.error(status_answer(403, "Forbidden", message), "PATCH", f"{RBAC}/{path}")
    assert isinstance(error, ApiForbidden)
    assert error.sentence.endswith(f"; needed: {needed}")
    assert error.next_step == 'or have it yourself: {APIGroups:[""], Resources:["pods"]}'


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (
            (502, {}, b"<html><TITLE>502 Bad\nGateway</TITLE>"),
            '502, but not as Kubernetes does: "5',
        ),
        (
            (200, {}, b"<!doctype html><title>Sign in</title>"),
            '200, but not as Kubernetes does: "S',
        ),
        ((200, {}, b"[1, 2]"), '"[1, 2]"'),
        ((200, {}, b"3"), '"3"'),
        ((200, {}, b"\xff\xfe"), "\ufffd"),
        ((200, {}, b"[" * 100_000), "[[[["),
        ((200, {}, b"9" * 10_000), "999"),
        ((500, {}, b""), "an empty body"),
        # To a read. An empty list would say that there is nothing.
        ((200, {}, b""), "an empty body"),
        ((200, {}, b" \n"), "an empty body"),
        ((500, {}, b"x" * 1000), "x" * 80 + "…"),
        (json_answer({"kind": "Status"}, 500), "status 500"),
        (json_answer({"kind": "Status", "message": 3, "details": [1], "code": "x"}, 500), "500"),
        (json_answer({"kind": "Status", "details": {"causes": [3, {"field": 4}]}}, 500), "500"),
        (json_answer({"kind": 7}, 500), "not as Kubernetes does"),
    ],
)
def test_answers_that_make_no_sense(world: World, answer: Answer, shown: str) -> None:
    error = world.error(answer)
    assert type(error) is ApiFailed
    assert shown in error.sentence
    assert error.next_step


@pytest.mark.parametrize(
    "status",
    [
        {"details": {"name": 3}},
        {"details": "x"},
        {"message": None, "details": {"causes": {}}},
        {"message": ["x"], "reason": {}},
    ],
)
@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 410, 422, 429, 503])
def test_statuses_of_wrong_types_are_errors_of_ours(
    world: World, code: int, status: dict[str, object]
) -> None:
    error = world.error((code, {}, json.dumps({"kind": "Status", **status}).encode()), "GET", WEB)
    assert error.sentence


def test_a_name_that_does_not_resolve() -> None:
    # Made by hand: a test asks no name server.
    pool = urllib3.connectionpool.HTTPSConnectionPool("api.test")
    connection = pool.ConnectionCls("api.test")
    error = unreachable(
        NameResolutionError("api.test", connection, OSError("x")),  # type: ignore[arg-type]
        Session("https://api.test", "prod"),
        10,
    )
    assert error.sentence == (
        "the name of the API server at https://api.test does not resolve (context prod)"
    )
    assert error.next_step == "check the network or the context: kubectl config get-contexts"


@pytest.mark.parametrize(
    ("method", "path", "watch", "wanted"),
    [
        ("GET", PATH, False, "list ingresses.networking.k8s.io: ingresses in namespace shop"),
        ("GET", PATH, True, "watch ingresses.networking.k8s.io: ingresses in namespace shop"),
        ("POST", PATH, False, "create ingresses.networking.k8s.io: ingresses in namespace shop"),
        ("GET", WEB, False, "get ingresses.networking.k8s.io: ingress web in namespace shop"),
        ("PUT", f"{WEB}/status", False, "update ingresses.networking.k8s.io/status: ingress web"),
        ("GET", "/api/v1/namespaces/shop", False, "get namespaces: namespace shop"),
        ("DELETE", "/api/v1/namespaces/shop", False, "delete namespaces: namespace shop"),
        ("PUT", "/api/v1/namespaces/a/finalize", False, "update namespaces/finalize: namespace a"),
        ("GET", "/api/v1/pods", False, "list pods: pods in all namespaces"),
        ("GET", "/apis/x.y/v1/things", False, "list things.x.y: things"),
        ("GET", "/api/v1/namespaces/a%2Fb/pods", False, "list pods: pods in namespace a/b"),
        ("GET", "/version", False, "get : /version"),
        ("GET", "/", False, "get : /"),
        ("GET", "", False, "get : "),
        ("GET", "/apis", False, "get : /apis"),
        ("GET", "/apis/apps", False, "get : /apis/apps"),
    ],
)
def test_what_a_request_is_about(method: str, path: str, watch: bool, wanted: str) -> None:
    target = target_of(method, path, watch=watch)
    assert f"{target.verb} {target.resource}: {target.noun}".startswith(wanted)
