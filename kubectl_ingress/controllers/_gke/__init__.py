"""The parts of the GKE model; controllers/gke.py puts them together."""
