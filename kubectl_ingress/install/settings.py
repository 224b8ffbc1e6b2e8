"""What one installation is to be: everything the manifests depend on."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.makers import INSTALLED_BY as INSTALLED_BY
from kubectl_ingress.install.versions import LATEST, REGISTRY, Version
from kubectl_ingress.providers import CLOUD, Variant

NAMESPACE = "ingress-nginx"
CLASS = "nginx"
NAME = "ingress-nginx"
CONTROLLER_NAME = f"{NAME}-controller"
ADMISSION_NAME = f"{NAME}-admission"
"""Also the Secret that holds the webhook's certificate."""
ADMISSION_SERVICE = f"{CONTROLLER_NAME}-admission"
WEBHOOK_NAME = "validate.nginx.ingress.kubernetes.io"


class Settings(Struct, frozen=True):
    """One installation. An installation has its namespace for itself, and its class too.

    `variant` comes from the provider. `replicas` None leaves the number to the
    cluster (one, or what an autoscaler set). `image` replaces the controller's
    image wholly, `registry` the registry of all images.
    """

    variant: Variant = CLOUD
    version: Version = LATEST
    namespace: str = NAMESPACE
    class_name: str = CLASS
    replicas: int | None = None
    image: str = ""
    registry: str = REGISTRY

    @property
    def controller_value(self) -> str:
        """``spec.controller`` of the class.

        Two installations that shared one value would both serve each other's
        Ingresses and overwrite their addresses (ingress-nginx issue 10246).
        """
        return f"k8s.io/{NAME if self.class_name == CLASS else self.class_name}"

    @property
    def controller_image(self) -> str:
        """The controller's image as a pod names it."""
        return self.image or self.version.controller.reference(self.registry)

    @property
    def certgen_image(self) -> str:
        """The image that makes the webhook's certificate."""
        return self.version.certgen.reference(self.registry)

    def cluster_wide(self, name: str) -> str:
        """The name of an object that has no namespace to keep it apart from other installations.

        A dot, because it is in no namespace's name: no two can come out equal.
        """
        return name if self.namespace == NAMESPACE else f"{name}.{self.namespace}"
