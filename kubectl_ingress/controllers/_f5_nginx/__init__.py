"""F5 NGINX Ingress Controller 5.5.4 in pieces; controllers/f5_nginx.py joins them."""
