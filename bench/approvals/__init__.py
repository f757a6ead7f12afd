"""Plays a run on which several people, the clock, and functions that die act at once."""
