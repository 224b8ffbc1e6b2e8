"""The routing model: pure, no clock, no network, no logging."""
