"""Probes that are sent from inside the cluster: an Indexed Job of curl, read back from its logs."""
