"""Ingresses of the removed beta API, made into networking.k8s.io/v1. Pure."""
