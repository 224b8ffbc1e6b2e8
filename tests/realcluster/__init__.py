"""A real Kubernetes for the tests; README.md says what in it is real and what is played."""
