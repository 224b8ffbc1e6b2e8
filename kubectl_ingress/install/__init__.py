"""Installing a controller: objects, plan, apply, readiness."""
