"""Charts installed by helm: the real one on a real API server, and one that is played."""
