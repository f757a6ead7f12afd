"""Measuring decisions: seeded scenarios, runs in process or on a cloud, and an exact evaluation to compare them with."""
