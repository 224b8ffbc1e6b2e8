"""F5 NGINX Ingress Controller, of nginx/kubernetes-ingress."""

from __future__ import annotations

from kubectl_ingress.recipes import Manifests, Needs, Release
from kubectl_ingress.recipes._github import raw

_SOURCE = ("nginx/kubernetes-ingress", "v5.5.4")

RECIPE = Manifests(
    title="F5 NGINX Ingress Controller",
    remark="from F5, annotations nginx.org/; its class is called nginx too",
    releases=(
        Release(
            version="5.5.4",
            files=raw(
                *_SOURCE,
                {
                    "deployments/common/ns-and-sa.yaml": (
                        "699c7e4fa9992baa0d30c979d59ac44f23d87dcaacc32cd5748e81bbc0d70f4f"
                    ),
                    "deployments/rbac/rbac.yaml": (
                        "1f40827042a0f26f7d79f7fecce70b0a43e80cb38e260650df1c4fdad9605920"
                    ),
                    "deployments/common/nginx-config.yaml": (
                        "c232ef3d5bd84abe4d40c9a4b86a3f390ea2ec71434b0028d91d6c5bb28e163e"
                    ),
                    "deployments/common/ingress-class.yaml": (
                        "b720fb1fe9b5beac1e347a5bb0859eafa1b2fba492d4698789fe13043a3dfa6e"
                    ),
                    "deploy/crds.yaml": (
                        "9a79a8233162a61fc16820c17c62ec6c33f2c1666b69814f30603ef4e0b93098"
                    ),
                    "deployments/deployment/nginx-ingress.yaml": (
                        "e76d4d5369e57d27e21f37aaa3760028910e91c89e4e19b050a3802d460565fd"
                    ),
                },
            ),
            balanced=raw(
                *_SOURCE,
                {
                    "deployments/service/loadbalancer.yaml": (
                        "625ab46db11dfb040fbe99be62140787de7a9589509057b8dd4ccac5ebaabcb3"
                    ),
                },
            ),
            node_port=raw(
                *_SOURCE,
                {
                    "deployments/service/nodeport.yaml": (
                        "c5d28abea9be0631e1bfe33ab6b2f7b7cff808f943225ae7b187fbb390fc829c"
                    ),
                },
            ),
        ),
    ),
    namespace="nginx-ingress",
    entry="nginx-ingress",
    class_name="nginx",
    class_value="nginx.org/ingress-controller",
    class_flag="-ingress-class",
    by_products=(("Lease", "nginx-ingress-leader-election"),),
    caution="every path of type Prefix is a prefix of the text there: /foo takes /foobar too",
    needs=Needs(
        class_name="nginx",
        rewrite="nginx.org/rewrites",
        rewrite_as="serviceName={service} rewrite={path}",
        note="a Prefix path takes every path that begins with its text",
    ),
)
