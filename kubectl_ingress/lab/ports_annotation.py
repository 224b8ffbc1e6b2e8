"""Where a pod's programs really listen, told by the kubelet to whoever makes endpoints."""

from __future__ import annotations

PORTS_ANNOTATION = "lab.kubectl-ingress/ports"
"""JSON: port in the manifest -> actual port; on pods whose ports could not all be bound."""
