"""One file a controller: PROFILE, and compile(snapshot) -> RouteTable."""
