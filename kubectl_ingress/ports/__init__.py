"""The outside world: the cluster, the network, files."""
