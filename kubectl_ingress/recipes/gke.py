"""GKE Ingress, built into Google Kubernetes Engine."""

from __future__ import annotations

from kubectl_ingress.recipes import BuiltIn, Needs

RECIPE = BuiltIn(
    title="GKE Ingress",
    remark="built into GKE; by annotation, never by ingressClassName",
    place="gke",
    how=("gcloud container clusters update CLUSTER --update-addons=HttpLoadBalancing=ENABLED",),
    needs=Needs(
        class_name="gce",
        by_annotation=True,
        # Straight to the pods; else the Service would have to be a NodePort.
        service={"cloud.google.com/neg": '{"ingress": true}'},
        note=(
            "its health check asks / and wants 200, or what the pods' HTTP readinessProbe says; "
            "the first minutes answer 404 and 502"
        ),
    ),
)
