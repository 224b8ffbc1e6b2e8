"""`lint --fix`: edits for findings, tried on the texts and judged by the routing model."""
