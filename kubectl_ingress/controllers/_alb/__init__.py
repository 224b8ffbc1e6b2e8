"""The parts of the ALB model; controllers/alb.py puts them together."""
