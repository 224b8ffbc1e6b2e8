"""Which ingress controllers a cluster has, how they are, and what is wrong with that."""
