"""A small API server: enough of Kubernetes' API for kubectl, for install, and for controllers."""
