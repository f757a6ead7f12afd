"""Forks of runs: what they take over from their parents."""
