"""A first workload and its route: Deployment, Service, Ingress, and what they may need."""
