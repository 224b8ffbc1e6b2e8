"""What all implementations of the Gateway API share: attaching, matching, filters, backends."""
