"""The parts of the ingress-nginx model; controllers/ingress_nginx.py puts them together."""
