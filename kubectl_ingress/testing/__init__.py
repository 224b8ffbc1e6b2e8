"""Routes, tested: where a request is sent, how often, and whether what came back is right."""
