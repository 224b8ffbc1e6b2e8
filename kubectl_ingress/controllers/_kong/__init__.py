"""The parts of the Kong model; controllers/kong.py puts them together."""
