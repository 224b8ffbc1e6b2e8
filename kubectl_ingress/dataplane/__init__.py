"""A RouteTable served for real by an nginx: ours, not ingress-nginx."""
