"""The parts of the Traefik models: Ingress, the ingress-nginx provider, the Gateway API."""
