"""The lab: a teaching stand-in for a cluster, on this machine's loopback. Not a Kubernetes.

An API server for the kinds that the road uses, small controllers, machines and
a cloud that are played, and the real data plane of this package. Nothing but
the command ``lab`` imports it.
"""

KUBERNETES = "v1.37.2"
"""The release whose behaviour is followed."""
