"""The airline suite: an exact evaluation, written apart from the pack's planner and checks."""
