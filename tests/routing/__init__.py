"""The routing model against what real controllers answered."""
