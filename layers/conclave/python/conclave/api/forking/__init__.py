"""Forks of runs: what is asked for, and what becomes of it."""
