"""haproxy-ingress (jcmoraisjr) 0.16.1 in pieces; controllers/haproxy_ingress.py joins them."""
