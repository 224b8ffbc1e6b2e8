"""kubectl ingress: from no ingress controller to a proven route."""

__version__ = "0.1.0"
