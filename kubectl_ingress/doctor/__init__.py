"""The cluster side of an Ingress, looked over: what is read, one check a file, and requests."""
