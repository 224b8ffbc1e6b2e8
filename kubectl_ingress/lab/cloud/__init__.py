"""The played cloud: load balancers, node ports, and where they are met."""
