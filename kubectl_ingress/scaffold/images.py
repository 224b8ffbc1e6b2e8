"""Images that answer with the name of their pod, and how each wants to be run."""

from __future__ import annotations

from msgspec import Struct


class Image(Struct, frozen=True):
    """How to run one image.

    `args` may hold ``{port}``. `paths` are the only ones it answers (empty:
    any), `env` the names of variables it reads about its pod.
    """

    port: int
    args: tuple[str, ...] = ()
    port_name: str = "http"
    paths: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    answers: str = "answers any path with its pod's name"

    def serves(self, path: str) -> bool:
        """Whether the program itself has an answer for the path."""
        return not self.paths or path in self.paths


# The tag is general knowledge (the one Kubernetes 1.32 tests with), not looked up.
DEFAULT = "registry.k8s.io/e2e-test-images/agnhost:2.53"
GUESSED_PORT = 8080

KNOWN: dict[str, Image] = {
    "registry.k8s.io/e2e-test-images/agnhost": Image(8080, ("serve-hostname", "--port={port}")),
    # The image of the tutorial from 2020: Flask with four routes, all others are 404.
    "alicek106/ingress-annotation-test": Image(
        5000,
        port_name="flask-port",
        paths=("/", "/color", "/color/red", "/color/blue"),
        answers="answers with its pod's name",
    ),
    "traefik/whoami": Image(80),
    "us-docker.pkg.dev/google-samples/containers/gke/hello-app": Image(8080),
    "registry.k8s.io/e2e-test-images/echoserver": Image(8080),
    "kicbase/echo-server": Image(8080),
    "mendhak/http-https-echo": Image(8080),
    "registry.k8s.io/gateway-api/conformance/echo-basic": Image(
        3000, env=("POD_NAME", "NAMESPACE")
    ),
    "kong/go-echo": Image(1027, env=("POD_NAME",)),
    "stefanprodan/podinfo": Image(9898, paths=("/",), answers="answers / with its pod's name"),
    "nginxdemos/hello": Image(80),
}


def known(reference: str) -> Image | None:
    """What we know of an image reference, whatever its tag or digest."""
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    repository = f"{head}{slash}{last.partition(':')[0]}"
    return KNOWN.get(repository.removeprefix("docker.io/"))
